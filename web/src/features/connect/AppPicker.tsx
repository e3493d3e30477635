import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useProject } from '@/api/session';
import type { AppSummary } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appsQuery } from '@/features/apps/queries';
import { connectedAppsQuery } from '@/features/connections/queries';
import { cn } from '@/lib/cn';
import { useDebounced, useMedia } from '@/lib/hooks';
import { shortCount, words } from '@/lib/text';
import { Button } from '@/ui/button';
import { Kbd, SearchInput } from '@/ui/field';
import { linkLooks } from '@/ui/link';
import { ErrorState, Skeleton } from '@/ui/states';
import { Truncate } from '@/ui/truncate';
import { ConnectPane } from './pane';
import { layOut, methodWord, move, recentlyUsed } from './pick';

const TILE_HEIGHT = 66;
const HEADING_HEIGHT = 32;

/** Left pane of "New connection": search, and the apps in a grid that arrows walk through. */
export function AppPicker({ onPick }: { onPick: (slug: string) => void }) {
  const project = useProject();
  const [text, setText] = useState('');
  const q = useDebounced(text.trim(), 90);
  const all = useQuery(appsQuery(''));
  const found = useQuery({ ...appsQuery(q), enabled: q !== '' });
  const { data: connected, isPending: counting } = useQuery(connectedAppsQuery(project));
  const wide = useMedia('(min-width: 560px)');
  const columns = wide ? 3 : 2;

  const result = q ? found : all;
  // Drawn once, as the apps in use come first and would push the others down, and in small pieces.
  const stands = useDeferredValue(!all.isPending && !counting);
  const pending = !stands || result.isPending;
  useEffect(() => {
    if (stands) void ConnectPane.preload();
  }, [stands]);
  const grid = useMemo(
    () => layOut(pending ? [] : (result.data ?? []), q ? [] : recentlyUsed(connected ?? []), columns),
    [pending, result.data, q, connected, columns],
  );
  const counts = useMemo(() => new Map(connected?.map((each) => [each.app, each.count])), [connected]);

  // The marked tile belongs to one search; a new search marks its first result, none marks nothing.
  const [marked, setMarked] = useState<{ of: string; at: number }>({ of: '', at: -1 });
  const active = Math.min(marked.of === q ? marked.at : q ? 0 : -1, grid.apps.length - 1);

  const viewport = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the component is not compiled
  const virtual = useVirtualizer({
    count: grid.rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: (index) => (grid.rows[index]?.kind === 'heading' ? HEADING_HEIGHT : TILE_HEIGHT),
    // About its height, so that the first rows are drawn with it.
    initialRect: { width: 0, height: 384 },
    overscan: 3,
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') {
      const app = grid.apps[active];
      if (app) {
        event.preventDefault();
        onPick(app.slug);
      }
      return;
    }
    // While the text is being edited, left, right, Home and End move in it; once the grid is entered, there.
    const inText = marked.of !== q || marked.at < 0;
    if (inText && text !== '' && event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const next = move(grid, active, event.key);
    if (next === null) return;
    event.preventDefault();
    setMarked({ of: q, at: next });
    const row = grid.rows.findIndex(
      (each) => each.kind === 'tiles' && next >= each.start && next < each.start + each.apps.length,
    );
    virtual.scrollToIndex(next === 0 ? 0 : row);
  };

  const total = all.data?.length;
  const settled = !pending && (q === '' || !found.isPlaceholderData);
  const nothing = !result.error && !pending && grid.apps.length === 0 && settled;
  return (
    <div className="flex min-h-0 flex-col gap-3">
      <SearchInput
        big
        autoFocus
        label="Search apps"
        placeholder={total ? `Search ${total.toLocaleString('en-GB')} apps` : 'Search apps'}
        value={text}
        onValueChange={setText}
        onKeyDown={onKeyDown}
        aria-controls={grid.apps.length > 0 ? 'app-options' : undefined}
        aria-activedescendant={active >= 0 && grid.apps[active] ? `app-option-${grid.apps[active].slug}` : undefined}
      />
      <div role="status" className="sr-only">
        {q && settled ? `${grid.apps.length} apps found` : ''}
      </div>
      {result.error ? (
        <ErrorState error={result.error} title="The apps did not load" onRetry={() => void result.refetch()} className="py-8" />
      ) : pending ? (
        <div className="grid grid-cols-2 gap-2 min-[560px]:grid-cols-3">
          {Array.from({ length: 12 }, (_, tile) => (
            <Skeleton key={tile} className="h-[58px] rounded-lg" />
          ))}
        </div>
      ) : nothing ? (
        <div className="flex flex-col items-center gap-3 rounded-lg border border-dashed px-4 py-10 text-center">
          <p className="max-w-full break-words">
            No app called <strong className="font-[620]">{q}</strong>.
          </p>
          <Button variant="primary" onClick={() => onPick('http')}>
            Use HTTP with an API key
          </Button>
        </div>
      ) : (
        <div
          ref={viewport}
          className="-mx-1.5 h-[min(384px,50dvh)] overflow-y-auto px-1.5"
          // Scrolled by the arrow keys of the search field; not a stop of its own.
          tabIndex={-1}
        >
          <div
            id="app-options"
            role="listbox"
            aria-label="Apps"
            className="relative"
            style={{ height: virtual.getTotalSize() }}
          >
            {virtual.getVirtualItems().map((item) => {
              const row = grid.rows[item.index];
              if (!row) return null;
              return (
                <div
                  key={item.key}
                  role="presentation"
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${item.start}px)`, height: item.size }}
                >
                  {row.kind === 'heading' ? (
                    <div aria-hidden className="flex h-full items-center pb-1 text-xs font-[550] text-fg3">
                      {row.text}
                    </div>
                  ) : (
                    <div
                      role="presentation"
                      className="grid gap-2 py-1"
                      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
                    >
                      {row.apps.map((app, column) => (
                        <Tile
                          key={app.slug}
                          app={app}
                          connected={counts.get(app.slug) ?? 0}
                          active={row.start + column === active}
                          position={row.start + column + 1}
                          total={grid.apps.length}
                          onPick={() => onPick(app.slug)}
                          onPoint={() => setMarked({ of: q, at: row.start + column })}
                        />
                      ))}
                    </div>
                  )}
                </div>
              );
            })}
          </div>
        </div>
      )}
      <div className={cn('flex flex-wrap items-center justify-between gap-2 text-xs text-fg3', nothing && 'hidden')}>
        <span aria-hidden className="flex items-center gap-1.5 max-md:hidden">
          <Kbd>↑↓←→</Kbd> move <Kbd>↵</Kbd> choose
        </span>
        <button
          type="button"
          onClick={() => onPick('http')}
          className={cn(linkLooks, 'text-sm')}
        >
          Not here? Use any HTTP API
        </button>
      </div>
    </div>
  );
}

function Tile({
  app,
  connected,
  active,
  position,
  total,
  onPick,
  onPoint,
}: {
  app: AppSummary;
  connected: number;
  active: boolean;
  position: number;
  total: number;
  onPick: () => void;
  onPoint: () => void;
}) {
  const note = connected > 0 ? `${shortCount(connected)} connected` : methodWord(app.authMethods[0]?.type);
  return (
    // Keys reach it through the search field, which names it as its active descendant.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={`app-option-${app.slug}`}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      aria-label={app.name}
      aria-posinset={position}
      aria-setsize={total}
      onClick={onPick}
      onMouseMove={active ? undefined : onPoint}
      // Focus stays in the search field.
      onMouseDown={(event) => event.preventDefault()}
      className={cn(
        'flex h-[58px] cursor-pointer items-center gap-1.5 rounded-lg border px-1.5 min-[560px]:gap-2.5 min-[560px]:px-2.5',
        active && 'border-accent ring-3 ring-accent-weak',
      )}
    >
      <AppIcon app={app.slug} size="sm" className="border-0 bg-transparent" />
      <span className="min-w-0">
        <Truncate text={app.name} lines={2} className="text-sm leading-tight font-[550]">
          {words(app.name).map((word, at) => (
            <Fragment key={at}>
              {at > 0 && <wbr />}
              {word}
            </Fragment>
          ))}
        </Truncate>
        {/* Drawn by the style sheet: the option's name is the app's name alone. */}
        <span
          data-note={note}
          className={cn('block truncate text-xs after:content-[attr(data-note)]', connected > 0 ? 'text-fg2' : 'text-fg3')}
        />
      </span>
    </div>
  );
}
