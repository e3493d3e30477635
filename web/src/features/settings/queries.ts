import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import type { Member, Page } from '@/api/types';

interface Scope {
  key: readonly ['p', string];
  path: (resource: string) => string;
}

/** Every page of a list, up to `limit` entries. */
export async function readAll<T>(path: string, signal?: AbortSignal, limit = 1000): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await api.get<Page<T>>(path, { query: { limit: 100, cursor }, signal });
    all.push(...page.data);
    cursor = page.hasMore ? page.cursor : null;
  } while (cursor && all.length < limit);
  return all;
}

/** The project's members, invited ones included. */
export function membersQuery(project: Scope) {
  return queryOptions({
    queryKey: [...project.key, 'members'],
    queryFn: ({ signal }) => readAll<Member>(project.path('/members'), signal),
    staleTime: 30_000,
  });
}
