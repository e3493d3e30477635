import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Blocks } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { AppSummary, Page } from '@/api/types';
import { connectedAppsQuery } from '@/features/connections/queries';
import { useDebounced, useEvent } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { categoryName, plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { SearchInput } from '@/ui/field';
import { PageBody, PageHead } from '@/ui/page';
import { Select } from '@/ui/select';
import { Empty, ErrorState, Skeleton } from '@/ui/states';
import { AppIcon } from './AppIcon';
import { categoriesQuery } from './queries';

/** `/p/{project}/apps`: the catalog. */
export function AppListPage() {
  const project = useProject();
  const navigate = useNavigate({ from: '/p/$project/apps' });
  const search = useSearch({ from: '/signed-in/p/$project/apps' });
  const [typed, setTyped] = useState(search.q ?? '');
  const rested = useDebounced(typed.trim(), 150);
  const follow = useEvent((q: string) => {
    if (q !== (search.q ?? '')) {
      void navigate({ search: (before) => ({ ...before, q: q || undefined }), replace: true, resetScroll: false });
    }
  });
  useEffect(() => follow(rested), [rested, follow]);
  const field = useRef<HTMLInputElement>(null);
  useShortcut('/', () => field.current?.focus());
  const categories = useQuery(categoriesQuery).data ?? [];
  const connected = useQuery(connectedAppsQuery(project)).data;
  const apps = useInfiniteQuery({
    queryKey: ['apps', 'browse', search.q ?? '', search.category ?? ''],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<AppSummary>>('/apps', {
        query: { q: search.q, category: search.category, limit: 60, cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.hasMore ? page.cursor : null),
    placeholderData: keepPreviousData,
    staleTime: 10 * 60_000,
  });
  const shown = apps.data?.pages.flatMap((page) => page.data) ?? [];
  const counts = new Map(connected?.map((each) => [each.app, each.count]));
  const total = categories.reduce((sum, category) => sum + category.count, 0);
  return (
    <PageBody>
      <PageHead
        title="Apps"
        lead={total > 0 ? `${plural(total, 'app')} that flows can work with.` : 'What flows can work with.'}
        actions={
          <>
            <SearchInput ref={field} label="Search apps" shortcut="/" value={typed} onValueChange={setTyped} className="w-[230px] max-md:w-auto max-md:flex-1" />
            <Select
              label="Category"
              className="h-[34px] w-[180px] text-sm"
              value={search.category ?? 'any'}
              onValueChange={(category) =>
                void navigate({
                  search: (before) => ({ ...before, category: category === 'any' ? undefined : category }),
                  replace: true,
                })
              }
              options={[
                { value: 'any', label: 'All categories' },
                ...categories.map((category) => ({ value: category.name, label: `${categoryName(category.name)} (${category.count})` })),
              ]}
            />
          </>
        }
      />
      {apps.error ? (
        <ErrorState error={apps.error} title="The apps did not load" onRetry={() => void apps.refetch()} />
      ) : apps.isPending ? (
        <div role="status" aria-label="Loading apps" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
          {Array.from({ length: 12 }, (_, index) => (
            <Skeleton key={index} className="h-[84px] rounded-lg" />
          ))}
        </div>
      ) : shown.length === 0 ? (
        <div className="rounded-lg border bg-surface">
          <Empty
            icon={<Blocks />}
            title="Nothing matches"
            action={
              <>
                <Button
                  onClick={() => {
                    setTyped('');
                    void navigate({ search: {}, replace: true });
                  }}
                >
                  Clear filters
                </Button>
                <Button variant="primary" asChild>
                  <Link to="/p/$project/apps/$app" params={{ project: project.id, app: 'http' }}>
                    Use any HTTP API
                  </Link>
                </Button>
              </>
            }
          >
            An app that is not here can still be called with its HTTP API.
          </Empty>
        </div>
      ) : (
        <>
          <ul aria-label="Apps" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
            {shown.map((app) => (
              <li key={app.slug} className="relative flex items-start gap-3 rounded-lg border bg-surface p-3.5 shadow-low hover:bg-hover">
                <AppIcon app={app.slug} />
                <div className="min-w-0 flex-1">
                  <div className="flex items-baseline justify-between gap-2">
                    <Link
                      to="/p/$project/apps/$app"
                      params={{ project: project.id, app: app.slug }}
                      className="truncate font-[550] after:absolute after:inset-0 after:rounded-lg"
                    >
                      {app.name}
                    </Link>
                    {(counts.get(app.slug) ?? 0) > 0 && (
                      <span className="shrink-0 text-xs font-medium text-fg2">{counts.get(app.slug)} connected</span>
                    )}
                  </div>
                  <p className="line-clamp-2 text-sm text-fg2">{app.description}</p>
                  <p className="mt-1 text-xs text-fg3">
                    {[categoryName(app.category), app.actionCount > 0 && plural(app.actionCount, 'action'), app.triggerCount > 0 && plural(app.triggerCount, 'trigger')]
                      .filter(Boolean)
                      .join(' · ')}
                  </p>
                </div>
              </li>
            ))}
          </ul>
          {apps.hasNextPage && (
            <Button className="self-center" busy={apps.isFetchingNextPage} onClick={() => void apps.fetchNextPage()}>
              Show more
            </Button>
          )}
        </>
      )}
    </PageBody>
  );
}
