import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { useProject } from '@/api/session';
import type { AppSummary } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery, appsQuery } from '@/features/apps/queries';
import { connectedAppsQuery } from '@/features/connections/queries';
import { plural } from '@/lib/text';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/states';
import { StepIcon } from '../icons';
import { BUILT_IN, type Choice } from '../model/steps';
import { AppCounts, MOST, Palette, rankApp, type PaletteItem } from './Palette';

const FEW = 5;

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
  const items = useMemo((): PaletteItem[] => {
    const withActions = (apps.data ?? []).filter((app) => app.actionCount > 0);
    const counts = new Map((connected.data ?? []).map((each) => [each.app, each.count]));
    const appItem =
      (group: string) =>
      (app: AppSummary): PaletteItem => ({
        key: `app:${app.slug}`,
        group,
        title: app.name,
        text: app.description,
        icon: <AppIcon app={app.slug} />,
        end: <AppCounts offers={plural(app.actionCount, 'action')} connected={counts.get(app.slug)} />,
        onPick: () => onApp(app),
      });
    const builtIn = BUILT_IN.filter((each) => !q || `${each.title} ${each.keywords}`.toLowerCase().includes(q)).map(
      (each): PaletteItem => ({
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
      .map((app) => ({ app, rank: rankApp(app, q) }))
      .filter((each) => each.rank < Infinity)
      .sort((a, b) => a.rank - b.rank || a.app.name.localeCompare(b.app.name))
      .slice(0, MOST)
      .map((each) => each.app);
    const byName = builtIn.filter((item) => item.title.toLowerCase().startsWith(q));
    const others = builtIn.filter((item) => !byName.includes(item));
    return [...byName, ...found.map(appItem('Apps')), ...others];
  }, [apps.data, connected.data, q, onApp, onPick]);
  return (
    <Palette
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
  const items = useMemo((): PaletteItem[] => {
    const actions = (query.data?.actions ?? [])
      .filter((action) => !q || `${action.title} ${action.description ?? ''} ${action.key}`.toLowerCase().includes(q))
      .map(
        (action): PaletteItem => ({
          key: action.key,
          group: 'Actions',
          title: action.title,
          text: action.description ?? '',
          icon: <AppIcon app={app.slug} />,
          onPick: () => onPick({ kind: 'action', app: app.slug, action: action.key, title: action.title }),
        }),
      );
    const any: PaletteItem = {
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
    <Palette
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
