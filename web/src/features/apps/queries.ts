import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '@/api/client';
import type { App, AppSummary, Category, Page } from '@/api/types';

/** Apps found by `q` (all when empty), best first. */
export function appsQuery(q: string, category?: string) {
  return queryOptions({
    queryKey: ['apps', 'list', q, category ?? null],
    queryFn: async ({ signal }) => {
      // The catalog is small and the same for everybody: it is read whole, a page of 100 at a time.
      const all: AppSummary[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<AppSummary> = await api.get<Page<AppSummary>>('/apps', {
          query: { q, category, limit: 100, cursor },
          signal,
        });
        all.push(...page.data);
        cursor = page.hasMore ? page.cursor : null;
      } while (cursor && all.length < 5000);
      return all;
    },
    staleTime: 10 * 60_000,
    placeholderData: keepPreviousData,
  });
}

/** One app with its auth methods, actions and triggers. */
export function appQuery(slug: string) {
  return queryOptions({
    queryKey: ['apps', 'one', slug],
    queryFn: ({ signal }) => api.get<App>(`/apps/${encodeURIComponent(slug)}`, { signal }),
    staleTime: 10 * 60_000,
  });
}

export const categoriesQuery = queryOptions({
  queryKey: ['apps', 'categories'],
  queryFn: async ({ signal }) => (await api.get<{ data: Category[] }>('/apps/categories', { signal })).data,
  staleTime: 10 * 60_000,
});

/** The whole catalog by slug, for names and colours of apps met elsewhere. Empty while loading. */
export function useAppIndex(): ReadonlyMap<string, AppSummary> {
  return useQuery({ ...appsQuery(''), select: indexed }).data ?? EMPTY;
}

const EMPTY: ReadonlyMap<string, AppSummary> = new Map();

function indexed(apps: AppSummary[]): ReadonlyMap<string, AppSummary> {
  return new Map(apps.map((app) => [app.slug, app]));
}
