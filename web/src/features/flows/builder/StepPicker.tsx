import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useProject } from '@/api/session';
import type { AppSummary } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery, appsQuery } from '@/features/apps/queries';
import { connectedAppsQuery } from '@/features/connections/queries';
import { cn } from '@/lib/cn';
import { plural } from '@/lib/text';
import { Dialog } from '@/ui/dialog';
import { SearchInput } from '@/ui/field';
import { ErrorState, Skeleton } from '@/ui/states';
import { StepIcon } from '../icons';
import { BUILT_IN, type Choice } from '../model/steps';

interface Item {
  key: string;
  group: string;
  title: string;
  text: string;
  icon: ReactNode;
  end?: ReactNode;
  onPick: () => void;
}

const MOST = 60;
const FEW = 5;

/** How well an app answers a search: exact name, beginning, alias, word, anywhere, category, description. */
function rank(app: AppSummary, q: string): number {
  const name = app.name.toLowerCase();
  if (name === q || app.slug === q) return 0;
  if (name.startsWith(q)) return 1;
  if (app.aliases?.some((alias) => alias.toLowerCase().startsWith(q))) return 2;
  if (name.includes(` ${q}`)) return 3;
  if (name.includes(q)) return 4;
  if (app.category.toLowerCase().startsWith(q)) return 5;
  if (app.description.toLowerCase().includes(q)) return 6;
  return Infinity;
}

/** "Add a step": search over apps and built-in steps; an app leads on to its actions. */
export function StepPicker({ open, onOpenChange, onPick }: { open: boolean; onOpenChange: (open: boolean) => void; onPick: (choice: Choice) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [app, setApp] = useState<AppSummary | null>(null);
  const close = (next: boolean): void => {
    onOpenChange(next);
    if (!next) setApp(null);
  };
  const pick = (choice: Choice): void => {
    close(false);
    onPick(choice);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title="Add a step"
      {...(app
        ? {
            heading: (
              <>
                <AppIcon app={app.slug} size="sm" />
                <span className="truncate">{app.name}</span>
              </>
            ),
            onBack: () => setApp(null),
          }
        : {})}
      initialFocus={() => input.current}
    >
      {app ? <Actions app={app} onBack={() => setApp(null)} onPick={pick} /> : <Start input={input} onApp={setApp} onPick={pick} />}
    </Dialog>
  );
}

function Start({ input, onApp, onPick }: { input: React.RefObject<HTMLInputElement | null>; onApp: (app: AppSummary) => void; onPick: (choice: Choice) => void }) {
  const project = useProject();
  const apps = useQuery(appsQuery(''));
  const connected = useQuery(connectedAppsQuery(project));
  const [search, setSearch] = useState('');
  const q = search.trim().toLowerCase();
  const items = useMemo((): Item[] => {
    const withActions = (apps.data ?? []).filter((app) => app.actionCount > 0);
    const counts = new Map((connected.data ?? []).map((each) => [each.app, each.count]));
    const appItem =
      (group: string) =>
      (app: AppSummary): Item => ({
        key: `app:${app.slug}`,
        group,
        title: app.name,
        text: counts.get(app.slug) ? `${app.description} · ${counts.get(app.slug)} connected` : app.description,
        icon: <AppIcon app={app.slug} />,
        end: <span className="shrink-0 text-xs text-fg3">{plural(app.actionCount, 'action')}</span>,
        onPick: () => onApp(app),
      });
    const builtIn = BUILT_IN.filter((each) => !q || `${each.title} ${each.keywords}`.toLowerCase().includes(q)).map(
      (each): Item => ({
        key: `step:${each.kind}`,
        group: 'Steps',
        title: each.title,
        text: each.text,
        icon: <StepIcon kind={each.kind} />,
        onPick: () => onPick({ kind: each.kind as Exclude<Choice['kind'], 'action'> }),
      }),
    );
    if (!q) {
      const last = new Map((connected.data ?? []).map((each) => [each.app, each.lastUsedAt ?? '']));
      const used = withActions
        .filter((app) => counts.has(app.slug))
        .sort((a, b) => (last.get(b.slug) ?? '').localeCompare(last.get(a.slug) ?? ''))
        .slice(0, FEW);
      const rest = withActions.filter((app) => !used.includes(app));
      return [...used.map(appItem('Connected apps')), ...builtIn, ...rest.slice(0, MOST).map(appItem('All apps'))];
    }
    const found = withActions
      .map((app) => ({ app, rank: rank(app, q) }))
      .filter((each) => each.rank < Infinity)
      .sort((a, b) => a.rank - b.rank || a.app.name.localeCompare(b.app.name))
      .slice(0, MOST)
      .map((each) => each.app);
    const byName = builtIn.filter((item) => item.title.toLowerCase().startsWith(q));
    const others = builtIn.filter((item) => !byName.includes(item));
    return [...byName, ...found.map(appItem('Apps')), ...others];
  }, [apps.data, connected.data, q, onApp, onPick]);
  return (
    <Listbox
      inputRef={input}
      label="Search apps and steps"
      search={search}
      onSearch={setSearch}
      items={items}
      loading={apps.isPending}
      error={apps.isError ? <ErrorState error={apps.error} title="The apps did not load" onRetry={() => void apps.refetch()} className="py-6" /> : null}
      empty={
        <>
          No app or step matches “{search}”.{' '}
          <button type="button" className="font-[550] text-accent hover:underline" onClick={() => onPick({ kind: 'http' })}>
            Use an HTTP request
          </button>
        </>
      }
    />
  );
}

function Actions({ app, onBack, onPick }: { app: AppSummary; onBack: () => void; onPick: (choice: Choice) => void }) {
  const query = useQuery(appQuery(app.slug));
  const [search, setSearch] = useState('');
  const q = search.trim().toLowerCase();
  const items = useMemo((): Item[] => {
    const actions = (query.data?.actions ?? [])
      .filter((action) => !q || `${action.title} ${action.description ?? ''} ${action.key}`.toLowerCase().includes(q))
      .map(
        (action): Item => ({
          key: action.key,
          group: 'Actions',
          title: action.title,
          text: action.description ?? '',
          icon: <AppIcon app={app.slug} />,
          onPick: () => onPick({ kind: 'action', app: app.slug, action: action.key, title: action.title }),
        }),
      );
    const any: Item = {
      key: ' http',
      group: 'Anything else',
      title: `HTTP request to ${app.name}`,
      text: `Call any of its addresses with a ${app.name} connection`,
      icon: <StepIcon kind="http" />,
      onPick: () => onPick({ kind: 'http', app: app.slug }),
    };
    return !q || 'http request'.includes(q) || actions.length === 0 ? [...actions, any] : actions;
  }, [query.data, q, app, onPick]);
  return (
    <Listbox
      autoFocus
      label={`Search ${app.name} actions`}
      search={search}
      onSearch={setSearch}
      onBack={onBack}
      items={query.data ? items : []}
      loading={query.isPending}
      error={query.isError ? <ErrorState error={query.error} title="The actions did not load" onRetry={() => void query.refetch()} className="py-6" /> : null}
      empty="Nothing matches"
    />
  );
}

/** A search field over a list; the arrows move through the list while focus stays in the field. */
function Listbox({
  inputRef,
  autoFocus = false,
  label,
  search,
  onSearch,
  onBack,
  items,
  loading,
  error,
  empty,
}: {
  inputRef?: React.RefObject<HTMLInputElement | null>;
  autoFocus?: boolean;
  label: string;
  search: string;
  onSearch: (text: string) => void;
  /** Backspace in the empty field goes back. */
  onBack?: () => void;
  items: readonly Item[];
  loading: boolean;
  error: ReactNode;
  empty: ReactNode;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState({ key: '', search });
  // A new search starts at its best answer.
  const current = at.search === search ? Math.max(0, items.findIndex((item) => item.key === at.key)) : 0;
  const move = (to: number): void => {
    const item = items[Math.max(0, Math.min(items.length - 1, to))];
    if (item) setAt({ key: item.key, search });
  };
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current, search]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + 8, PageUp: current - 8 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      items[current]?.onPick();
    } else if (event.key === 'Backspace' && search === '' && onBack) {
      event.preventDefault();
      onBack();
    }
  };
  return (
    <div className="flex min-h-0 flex-col gap-3">
      <SearchInput
        ref={inputRef}
        big
        autoFocus={autoFocus}
        label={label}
        value={search}
        onValueChange={onSearch}
        onKeyDown={onKeyDown}
        aria-controls={`${id}-list`}
        aria-activedescendant={items[current] ? `${id}-${current}` : undefined}
      />
      {error ?? (
        <div ref={list} id={`${id}-list`} role="listbox" aria-label={label} className="-mx-2 h-[min(420px,56dvh)] overflow-y-auto">
          {loading ? (
            <div role="presentation" className="flex flex-col gap-2 p-2">
              {[0, 1, 2, 3, 4].map((each) => (
                <Skeleton key={each} className="h-11" />
              ))}
            </div>
          ) : items.length === 0 ? (
            <p role="presentation" className="px-2 py-6 text-center text-fg2">
              {empty}
            </p>
          ) : (
            items.map((item, index) => (
              <div key={item.key} role="presentation">
                {items[index - 1]?.group !== item.group && (
                  <p role="presentation" className="px-2 pt-3 pb-1 text-xs font-[550] text-fg3">
                    {item.group}
                  </p>
                )}
                {/* Focus stays in the search field, which handles the keys. */}
                {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events */}
                <div
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === current}
                  onClick={item.onPick}
                  onMouseMove={() => {
                    if (index !== current) setAt({ key: item.key, search });
                  }}
                  className={cn('flex cursor-pointer items-center gap-3 rounded-md px-2 py-1.5', index === current && 'bg-accent-weak')}
                >
                  {item.icon}
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-[550]">{item.title}</span>
                    <span className="block truncate text-xs text-fg3">{item.text}</span>
                  </span>
                  {item.end}
                  {item.end && <ChevronRight aria-hidden className="size-4 shrink-0 text-fg3" />}
                </div>
              </div>
            ))
          )}
        </div>
      )}
    </div>
  );
}
