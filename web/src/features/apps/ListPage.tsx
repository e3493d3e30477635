import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Blocks } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useProject } from '@/api/session';
import type { AppSummary } from '@/api/types';
import { connectedAppsQuery } from '@/features/connections/queries';
import { useDebounced, useEvent } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { categoryName, plural, shortCount } from '@/lib/text';
import { Button } from '@/ui/button';
import { SearchInput } from '@/ui/field';
import { Card, PageBody, PageHead } from '@/ui/page';
import { Empty, ErrorState, SkeletonCard } from '@/ui/states';
import { Views } from '@/ui/tabs';
import { AppIcon } from './AppIcon';
import { byCategory, type AppGroup } from './group';
import { appsQuery, categoriesQuery } from './queries';

const ALL = ' all';
const CONNECTED = ' connected';

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
  const apps = useQuery(appsQuery(search.q ?? '', search.category));
  const counts = useMemo(() => new Map(connected?.map((each) => [each.app, each.count])), [connected]);

  const groups = useMemo((): AppGroup[] | null => {
    if (!apps.data) return null;
    const found = apps.data.filter((app) => !search.connected || counts.has(app.slug));
    if (search.q || search.category || search.connected) return found.length > 0 ? [{ heading: null, apps: found }] : [];
    return byCategory(found, new Set(counts.keys()));
  }, [apps.data, counts, search]);
  // Hundreds of tiles are drawn in small pieces, between which the page answers to taps and typing.
  const drawn = useDeferredValue(groups, null);
  const shown = (drawn ?? []).reduce((sum, group) => sum + group.apps.length, 0);
  const total = categories.reduce((sum, category) => sum + category.count, 0);

  const choose = (view: string): void => {
    void navigate({
      search: (before) => ({
        ...before,
        category: view === ALL || view === CONNECTED ? undefined : view,
        connected: view === CONNECTED || undefined,
      }),
      replace: true,
      resetScroll: false,
    });
  };
  return (
    <PageBody>
      <PageHead
        title="Apps"
        lead={total > 0 ? `${plural(total, 'app')} that flows can work with.` : 'What flows can work with.'}
        actions={
          <SearchInput
            ref={field}
            label="Search apps"
            shortcut="/"
            value={typed}
            onValueChange={setTyped}
            className="w-[280px] max-md:w-auto max-md:flex-1"
          />
        }
      />
      <Views
        wrap
        label="Categories"
        value={search.connected ? CONNECTED : (search.category ?? ALL)}
        onValueChange={choose}
        items={[
          { value: ALL, label: 'All', count: total || undefined },
          ...(counts.size > 0 ? [{ value: CONNECTED, label: 'Connected', count: counts.size }] : []),
          ...categories.map((category) => ({ value: category.name, label: categoryName(category.name), count: category.count })),
        ]}
      />
      <div role="status" className="sr-only">
        {search.q && apps.isSuccess && !apps.isPlaceholderData ? plural(shown, 'app') : ''}
      </div>
      {apps.error ? (
        <ErrorState error={apps.error} title="The apps did not load" onRetry={() => void apps.refetch()} />
      ) : drawn === null ? (
        <div role="status" aria-label="Loading apps" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
          {Array.from({ length: 12 }, (_, index) => (
            <SkeletonCard key={index} className="h-[108px]" />
          ))}
        </div>
      ) : shown === 0 ? (
        <Card>
          <Empty
            icon={<Blocks />}
            title={search.q ? `No app called “${search.q}”` : 'Nothing matches'}
            action={
              <>
                <Button
                  onClick={() => {
                    setTyped('');
                    void navigate({ search: {}, replace: true });
                  }}
                >
                  Show all apps
                </Button>
                <Button variant="primary" asChild>
                  <Link to="/p/$project/apps/$app" params={{ project: project.id, app: 'http' }}>
                    Use any HTTP API
                  </Link>
                </Button>
              </>
            }
          >
            An app that is not here can still be called by its HTTP API, with a key, a password or OAuth.
          </Empty>
        </Card>
      ) : (
        drawn.map((group) => (
          <section key={group.heading ?? ''} aria-label={group.heading ?? 'Apps'} className="flex flex-col gap-2 not-first:mt-2">
            {group.heading && (
              <h2 className="text-sm!">
                {group.heading} <span className="ml-1 font-normal text-fg3 tabular-nums">{group.apps.length}</span>
              </h2>
            )}
            <ul className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
              {group.apps.map((app) => (
                <Item key={app.slug} app={app} connected={counts.get(app.slug) ?? 0} />
              ))}
            </ul>
          </section>
        ))
      )}
    </PageBody>
  );
}

function Item({ app, connected }: { app: AppSummary; connected: number }) {
  const project = useProject();
  const offers = [
    app.actionCount > 0 && plural(app.actionCount, 'action'),
    app.triggerCount > 0 && plural(app.triggerCount, 'trigger'),
  ].filter(Boolean);
  return (
    // Cards out of sight cost nothing to draw, so that a thousand of them need no windowing.
    <li className="relative flex items-start gap-3 rounded-lg border bg-surface p-3.5 shadow-low [contain-intrinsic-size:auto_108px] [content-visibility:auto] focus-within:border-accent hover:bg-hover">
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
          {connected > 0 && <span className="shrink-0 text-xs font-medium text-fg2 tabular-nums">{shortCount(connected)} connected</span>}
        </div>
        <p className="line-clamp-2 text-sm text-fg2">{app.description}</p>
        <p className="mt-1 text-xs text-fg3">{[categoryName(app.category), ...offers].join(' · ')}</p>
      </div>
    </li>
  );
}
