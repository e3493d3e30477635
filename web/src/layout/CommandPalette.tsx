import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { Blocks, History, Moon, Plug, Plus, RefreshCw, Search, Settings, Sun, Waypoints, Workflow } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useEffect, useState, type ReactNode } from 'react';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { Connection, FlowSummary, Page } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { ConnectionStatusPill, isBroken } from '@/features/connections';
import { returnFocus } from '@/lib/focus';
import { useDebounced } from '@/lib/hooks';
import { useShortcut } from '@/lib/shortcuts';
import { setTheme } from '@/lib/theme';
import { onOpenPalette } from './palette';

/** Ctrl/Cmd-K: go somewhere, find a connection or flow, reconnect, ask where something is used. */
export function CommandPalette() {
  const [open, setOpen] = useState(false);
  useEffect(() => onOpenPalette(() => setOpen(true)), []);
  useShortcut('mod+k', () => setOpen((now) => !now));
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-60 grid animate-fade items-start justify-items-center bg-shade px-3 pt-[12dvh]">
          <Radix.Content
            aria-describedby={undefined}
            onCloseAutoFocus={returnFocus}
            className="w-full max-w-[600px] animate-pop overflow-hidden rounded-xl border bg-raised shadow-high outline-none"
          >
            <Radix.Title className="sr-only">Command palette</Radix.Title>
            <Commands close={() => setOpen(false)} />
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** What a person types before the name of the thing: "reconnect slack", "where is hubspot used?". */
function subject(text: string): string {
  return text
    .replace(/^\s*(reconnect|open|check|where(\s+is)?)\s+/i, '')
    .replace(/\s+used\??\s*$/i, '')
    .replace(/\?\s*$/, '')
    .trim();
}

/** The verb at the start of what is typed: it decides what is offered for each connection. */
function intent(text: string): 'reconnect' | 'where' | null {
  if (/^\s*reconnect\b/i.test(text)) return 'reconnect';
  return /^\s*where\b/i.test(text) ? 'where' : null;
}

function Commands({ close }: { close: () => void }) {
  const project = useProject();
  const can = useCan();
  const navigate = useNavigate();
  const dialogs = useConnectDialogs();
  const [text, setText] = useState('');
  const q = useDebounced(subject(text), 120);
  const connections = useQuery({
    queryKey: [...project.key, 'connections', 'palette', q],
    queryFn: ({ signal }) =>
      api.get<Page<Connection>>(project.path('/connections'), {
        query: { q, limit: 6, sort: q ? 'name' : '-status' },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  const flows = useQuery({
    queryKey: [...project.key, 'flows', 'palette', q],
    queryFn: ({ signal }) => api.get<Page<FlowSummary>>(project.path('/flows'), { query: { q, limit: 5 }, signal }),
    placeholderData: keepPreviousData,
  });
  const found = connections.data?.data ?? [];
  const params = { project: project.id };
  const run = (action: () => void) => () => {
    close();
    action();
  };
  const asked = intent(text);
  const words = text.trim().toLowerCase();
  const places: { label: string; icon: ReactNode; go: () => void }[] = [
    { label: 'Connections', icon: <Plug />, go: () => void navigate({ to: '/p/$project/connections', params }) },
    { label: 'Flows', icon: <Workflow />, go: () => void navigate({ to: '/p/$project/flows', params }) },
    { label: 'Runs', icon: <History />, go: () => void navigate({ to: '/p/$project/runs', params }) },
    { label: 'Apps', icon: <Blocks />, go: () => void navigate({ to: '/p/$project/apps', params }) },
    { label: 'Settings', icon: <Settings />, go: () => void navigate({ to: '/p/$project/settings', params }) },
    { label: 'Members', icon: <Settings />, go: () => void navigate({ to: '/p/$project/settings/members', params }) },
    { label: 'API keys', icon: <Settings />, go: () => void navigate({ to: '/p/$project/settings/keys', params }) },
    { label: 'Light theme', icon: <Sun />, go: () => setTheme('light') },
    { label: 'Dark theme', icon: <Moon />, go: () => setTheme('dark') },
  ];
  const shownPlaces = places.filter((place) => !words || place.label.toLowerCase().includes(words));
  const newConnection = can('connection.create') && (!words || 'new connection'.includes(words));
  return (
    <Command label="Command palette" shouldFilter={false} loop>
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search aria-hidden className="size-4 text-fg3" />
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="Reconnect Slack, Where is HubSpot used?, a flow, a page…"
          className="h-12 min-w-0 flex-1 bg-transparent text-[15px] outline-none"
        />
      </div>
      <Command.List className="max-h-[min(420px,60dvh)] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-[550] [&_[cmdk-group-heading]]:text-fg3">
        <Command.Empty className="px-3 py-6 text-center text-fg2">
          {connections.isFetching ? 'Searching…' : 'Nothing matches.'}
        </Command.Empty>
        {found.length > 0 && (
          <Command.Group heading="Connections">
            {found.flatMap((connection) => [
              (asked === 'reconnect' || (asked === null && isBroken(connection))) && connection.can.manage && (
                <Row
                  key={`${connection.id}-reconnect`}
                  value={`${connection.id}-reconnect`}
                  icon={<RefreshCw />}
                  onSelect={run(() => dialogs.reconnect(connection))}
                >
                  Reconnect {connection.name}
                </Row>
              ),
              asked === null && <Row
                key={connection.id}
                value={connection.id}
                icon={<AppIcon app={connection.app} size="xs" />}
                end={<ConnectionStatusPill connection={connection} />}
                onSelect={run(
                  () =>
                    void navigate({
                      to: '/p/$project/connections/$connection',
                      params: { ...params, connection: connection.id },
                    }),
                )}
              >
                {connection.name}
              </Row>,
              asked !== 'reconnect' && q !== '' && (
                <Row
                  key={`${connection.id}-usage`}
                  value={`${connection.id}-usage`}
                  icon={<Waypoints />}
                  onSelect={run(
                    () =>
                      void navigate({
                        to: '/p/$project/connections/$connection',
                        params: { ...params, connection: connection.id },
                        search: { tab: 'usage' },
                      }),
                  )}
                >
                  Where is {connection.name} used?
                </Row>
              ),
            ])}
          </Command.Group>
        )}
        {q !== '' && (flows.data?.data.length ?? 0) > 0 && (
          <Command.Group heading="Flows">
            {flows.data?.data.map((flow) => (
              <Row
                key={flow.id}
                value={flow.id}
                icon={<Workflow />}
                onSelect={run(
                  () => void navigate({ to: '/p/$project/flows/$flow', params: { ...params, flow: flow.id } }),
                )}
              >
                {flow.name}
              </Row>
            ))}
          </Command.Group>
        )}
        {newConnection && (
          <Command.Group heading="Do">
            <Row value="new-connection" icon={<Plus />} onSelect={run(() => dialogs.newConnection())}>
              New connection
            </Row>
          </Command.Group>
        )}
        {shownPlaces.length > 0 && (
          <Command.Group heading="Go to">
            {shownPlaces.map((place) => (
              <Row key={place.label} value={place.label} icon={place.icon} onSelect={run(place.go)}>
                {place.label}
              </Row>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command>
  );
}

function Row({
  value,
  icon,
  end,
  onSelect,
  children,
}: {
  value: string;
  icon: ReactNode;
  end?: ReactNode;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex items-center gap-2.5 rounded-sm px-2 py-2 text-sm data-[selected=true]:bg-accent-weak [&>svg]:size-4 [&>svg]:text-fg3"
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {end}
    </Command.Item>
  );
}
