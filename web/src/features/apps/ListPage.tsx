import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Blocks } from 'lucide-react';
import { memo, useCallback, useEffect, useMemo, useRef, useState, type MouseEvent } from 'react';
import { useProject } from '@/api/session';
import type { AppSummary } from '@/api/types';
import { connectedAppsQuery } from '@/features/connections/queries';
import { cn } from '@/lib/cn';
import { useDebounced, useDrawn, useEvent } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { categoryName, plural, shortCount } from '@/lib/text';
import { Button } from '@/ui/button';
import { SearchInput } from '@/ui/field';
import { Card, PageBody, PageHead } from '@/ui/page';
import { Empty, ErrorState, Skeleton, SkeletonCard } from '@/ui/states';
import { Views } from '@/ui/tabs';
import { AppIcon } from './AppIcon';
import { byCategory, type AppGroup } from './group';
import { appsQuery, categoriesQuery } from './queries';

const ALL = ' all';
const CONNECTED = ' connected';

/** What is drawn at once: a phone's screen and more. */
const FIRST_FILLED = 12;

// Cards out of sight cost nothing to lay out and paint, and ask for no icon.
// Their height is known before they are looked at: 79 px of text, two lines of it the description's, in 15 px of frame.
const tileLooks = 'min-h-[109px] rounded-lg border bg-surface p-3.5 shadow-low [contain-intrinsic-size:auto_79px] [content-visibility:auto]';

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
  const categories = useQuery(categoriesQuery);
  const connected = useQuery(connectedAppsQuery(project));
  const apps = useQuery(appsQuery(search.q ?? '', search.category));
  const counts = useMemo(() => new Map(connected.data?.map((each) => [each.app, each.count])), [connected.data]);

  const groups = useMemo((): AppGroup[] | null => {
    if (!apps.data) return null;
    const found = apps.data.filter((app) => !search.connected || counts.has(app.slug));
    if (search.q || search.category || search.connected) return found.length > 0 ? [{ heading: null, apps: found }] : [];
    return byCategory(found, new Set(counts.keys()));
  }, [apps.data, counts, search]);
  const shown = (groups ?? []).reduce((sum, group) => sum + group.apps.length, 0);
  const filled = useDrawn(shown, FIRST_FILLED, 12);
  // All three are there before any is drawn: what came later would push the others down.
  const ready = groups !== null && !connected.isPending && !categories.isPending;
  const total = (categories.data ?? []).reduce((sum, category) => sum + category.count, 0);
  const toApp = useToApp(project.id);

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
      {ready ? (
        <Views
          wrap
          label="Categories"
          value={search.connected ? CONNECTED : (search.category ?? ALL)}
          onValueChange={choose}
          items={[
            { value: ALL, label: 'All', count: total || undefined },
            ...(counts.size > 0 ? [{ value: CONNECTED, label: 'Connected', count: counts.size }] : []),
            ...(categories.data ?? []).map((category) => ({ value: category.name, label: categoryName(category.name), count: category.count })),
          ]}
        />
      ) : (
        <Skeleton className="h-8" />
      )}
      <div role="status" className="sr-only">
        {search.q && apps.isSuccess && !apps.isPlaceholderData ? plural(shown, 'app') : ''}
      </div>
      {apps.error ? (
        <ErrorState error={apps.error} title="The apps did not load" onRetry={() => void apps.refetch()} />
      ) : !ready ? (
        <div role="status" aria-label="Loading apps" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
          {Array.from({ length: 12 }, (_, index) => (
            <SkeletonCard key={index} className="h-[109px]" />
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
        inOrder(groups).map(({ group, before }) => (
          <section key={group.heading ?? ''} aria-label={group.heading ?? 'Apps'} className="flex flex-col gap-2 not-first:mt-2">
            {group.heading && (
              <h2 className="text-sm!">
                {group.heading} <span className="ml-1 font-normal text-fg3 tabular-nums">{group.apps.length}</span>
              </h2>
            )}
            <ul className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
              {group.apps.map((app, index) => (
                <Item
                  key={app.slug}
                  app={app}
                  connected={counts.get(app.slug) ?? 0}
                  filled={before + index < filled}
                  address={toApp.address(app.slug)}
                  onFollow={toApp.follow}
                  onPoint={toApp.preload}
                />
              ))}
            </ul>
          </section>
        ))
      )}
    </PageBody>
  );
}

/** The groups with how many apps stand before each. */
function inOrder(groups: readonly AppGroup[]): { group: AppGroup; before: number }[] {
  let before = 0;
  return groups.map((group) => {
    const at = before;
    before += group.apps.length;
    return { group, before: at };
  });
}

/** What the links of hundreds of tiles share: the router's own `Link` follows every change of address, each for itself. */
function useToApp(project: string) {
  const router = useRouter();
  const address = (app: string): string => `/p/${encodeURIComponent(project)}/apps/${encodeURIComponent(app)}`;
  const follow = useCallback(
    (app: string, event: MouseEvent): void => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      void router.navigate({ to: '/p/$project/apps/$app', params: { project, app } });
    },
    [router, project],
  );
  const preload = useCallback(
    (app: string): void => void router.preloadRoute({ to: '/p/$project/apps/$app', params: { project, app } }),
    [router, project],
  );
  return { address, follow, preload };
}

interface ItemProps {
  app: AppSummary;
  connected: number;
  /** Whether it is its turn to be drawn; until then its place is kept. */
  filled: boolean;
  address: string;
  onFollow: (app: string, event: MouseEvent) => void;
  onPoint: (app: string) => void;
}

const Item = memo(function Item({ app, connected, filled, address, onFollow, onPoint }: ItemProps) {
  if (!filled) return <li aria-hidden className={tileLooks} />;
  const offers = [
    app.actionCount > 0 && plural(app.actionCount, 'action'),
    app.triggerCount > 0 && plural(app.triggerCount, 'trigger'),
  ].filter(Boolean);
  return (
    <li className={cn(tileLooks, 'relative flex items-start gap-3 focus-within:border-accent hover:bg-hover')}>
      <AppIcon app={app.slug} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline justify-between gap-2">
          <a
            href={address}
            onClick={(event) => onFollow(app.slug, event)}
            onMouseEnter={() => onPoint(app.slug)}
            onFocus={() => onPoint(app.slug)}
            className="min-w-0 font-[550] break-words after:absolute after:inset-0 after:rounded-lg"
          >
            {app.name}
          </a>
          {connected > 0 && <span className="shrink-0 text-xs font-medium text-fg2 tabular-nums">{shortCount(connected)} connected</span>}
        </div>
        <p className="line-clamp-2 text-sm text-fg2">{app.description}</p>
        <p className="mt-1 text-xs text-fg3">{[categoryName(app.category), ...offers].join(' · ')}</p>
      </div>
    </li>
  );
});
