import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import type { ApiKey, BrowserSession, Member, OAuthClient, Page, Workspace } from '@/api/types';

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

/** The project's API keys. */
export function keysQuery(project: Scope) {
  return queryOptions({
    queryKey: [...project.key, 'keys'],
    queryFn: ({ signal }) => readAll<ApiKey>(project.path('/keys'), signal),
    // "Last used" changes by itself.
    staleTime: 0,
  });
}

/** The OAuth clients set up in the project. */
export function oauthClientsQuery(project: Scope) {
  return queryOptions({
    queryKey: [...project.key, 'oauth-clients'],
    queryFn: ({ signal }) => readAll<OAuthClient>(project.path('/oauth-clients'), signal),
  });
}

/** The browsers this person is signed in with. */
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => readAll<BrowserSession>('/auth/sessions', signal),
});

export const workspaceQuery = queryOptions({
  queryKey: ['workspace'],
  queryFn: ({ signal }) => api.get<Workspace>('/workspace', { signal }),
});
