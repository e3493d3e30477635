import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState, type RefObject } from 'react';
import { useProject } from '@/api/session';
import type { AppSummary } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery, appsQuery } from '@/features/apps/queries';
import { connectedAppsQuery } from '@/features/connections/queries';
import { plural } from '@/lib/text';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/states';
import { AppCounts, MOST, Palette, rankApp, type PaletteItem } from '../builder/Palette';
import { everyWords } from '../model/polling';

/** "Choose an event": search over the apps that have events; an app leads on to them. */
export function TriggerPicker({
  open,
  onOpenChange,
  onPick,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onPick: (app: string, trigger: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [app, setApp] = useState<AppSummary | null>(null);
  const close = (next: boolean): void => {
    onOpenChange(next);
    if (!next) setApp(null);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title="Choose an event"
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
      {app ? (
        <Events
          app={app}
          onBack={() => setApp(null)}
          onPick={(trigger) => {
            close(false);
            onPick(app.slug, trigger);
          }}
        />
      ) : (
        <Apps input={input} onApp={setApp} />
      )}
    </Dialog>
  );
}

function Apps({ input, onApp }: { input: RefObject<HTMLInputElement | null>; onApp: (app: AppSummary) => void }) {
  const project = useProject();
  const apps = useQuery(appsQuery(''));
  const connected = useQuery(connectedAppsQuery(project));
  const [search, setSearch] = useState('');
  const q = search.trim().toLowerCase();
  const items = useMemo((): PaletteItem[] => {
    const counts = new Map((connected.data ?? []).map((each) => [each.app, each.count]));
    const item =
      (group: string) =>
      (app: AppSummary): PaletteItem => ({
        key: app.slug,
        group,
        title: app.name,
        text: app.description,
        icon: <AppIcon app={app.slug} />,
        end: <AppCounts offers={plural(app.triggerCount, 'event')} connected={counts.get(app.slug)} />,
        onPick: () => onApp(app),
      });
    const offered = (apps.data ?? []).filter((app) => app.triggerCount > 0);
    if (!q) {
      const mine = offered.filter((app) => counts.has(app.slug));
      return [...mine.map(item('Connected apps')), ...offered.filter((app) => !counts.has(app.slug)).slice(0, MOST).map(item('All apps'))];
    }
    return offered
      .map((app) => ({ app, rank: rankApp(app, q) }))
      .filter((each) => each.rank < Infinity)
      .sort((a, b) => a.rank - b.rank || a.app.name.localeCompare(b.app.name))
      .slice(0, MOST)
      .map((each) => item('Apps')(each.app));
  }, [apps.data, connected.data, q, onApp]);
  return (
    <Palette
      inputRef={input}
      label="Search apps with events"
      search={search}
      onSearch={setSearch}
      items={items}
      loading={apps.isPending}
      error={apps.isError ? <ErrorState error={apps.error} title="The apps did not load" onRetry={() => void apps.refetch()} className="py-6" /> : null}
      empty={`No app with events matches “${search}”. Many apps can call a webhook instead.`}
    />
  );
}

function Events({ app, onBack, onPick }: { app: AppSummary; onBack: () => void; onPick: (trigger: string) => void }) {
  const query = useQuery(appQuery(app.slug));
  const [search, setSearch] = useState('');
  const q = search.trim().toLowerCase();
  const items = useMemo(
    () =>
      (query.data?.triggers ?? [])
        .filter((each) => !q || `${each.title} ${each.description ?? ''} ${each.key}`.toLowerCase().includes(q))
        .map(
          (each): PaletteItem => ({
            key: each.key,
            group: 'Events',
            title: each.title,
            text: [each.description, each.interval ? `looks ${everyWords(each.interval)}` : null].filter(Boolean).join(' · '),
            icon: <AppIcon app={app.slug} />,
            onPick: () => onPick(each.key),
          }),
        ),
    [query.data, q, app, onPick],
  );
  return (
    <Palette
      autoFocus
      label={`Search ${app.name} events`}
      search={search}
      onSearch={setSearch}
      onBack={onBack}
      items={items}
      loading={query.isPending}
      error={query.isError ? <ErrorState error={query.error} title="The events did not load" onRetry={() => void query.refetch()} className="py-6" /> : null}
      empty="Nothing matches"
    />
  );
}
