import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Blocks, History, KeyRound, Moon, Plug, Plus, RefreshCw, Settings, Sun, Users, Waypoints, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { Connection, FlowSummary, Page } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appsQuery } from '@/features/apps/queries';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { ConnectionStatusPill, identityLine, isBroken } from '@/features/connections';
import { connectionUsageQuery } from '@/features/connections/queries';
import { plural } from '@/lib/text';
import { setTheme } from '@/lib/theme';
import type { Ask } from './ask';

/** One line of the palette. */
export interface PaletteItem {
  id: string;
  label: string;
  hint?: string | undefined;
  icon: ReactNode;
  end?: ReactNode;
  run: () => void;
}

export interface PaletteGroup {
  heading: string;
  items: PaletteItem[];
}

export interface PaletteResult {
  groups: PaletteGroup[];
  searching: boolean;
  error: unknown;
}

/** What the palette offers for an {@link Ask}, best first. `q` is its subject once the fingers rest. */
export function usePaletteGroups(ask: Ask, q: string): PaletteResult {
  const project = useProject();
  const can = useCan();
  const navigate = useNavigate();
  const dialogs = useConnectDialogs();
  const params = { project: project.id };
  const { intent } = ask;

  const connections = useQuery({
    queryKey: [...project.key, 'connections', 'palette', intent, q],
    queryFn: ({ signal }) =>
      api.get<Page<Connection>>(project.path('/connections'), {
        query: { q, limit: 6, ...(q === '' ? { attention: true, sort: '-flows' } : { sort: intent === 'reconnect' ? '-status' : 'name' }) },
        signal,
      }),
    enabled: intent !== 'connect',
    placeholderData: keepPreviousData,
  });
  const flows = useQuery({
    queryKey: [...project.key, 'flows', 'palette', q],
    queryFn: ({ signal }) => api.get<Page<FlowSummary>>(project.path('/flows'), { query: { q, limit: 5 }, signal }),
    enabled: intent === 'any' && q !== '',
    placeholderData: keepPreviousData,
  });
  const wantsApps = can('connection.create') && (intent === 'connect' || intent === 'any') && q !== '';
  const apps = useQuery({ ...appsQuery(q), enabled: wantsApps });
  const found = connections.data?.data ?? [];
  const asked = intent === 'where' && q !== '' ? found.slice(0, 4) : [];
  const usages = useQueries({ queries: asked.map((connection) => connectionUsageQuery(project, connection.id)) });

  const reconnectItem = (connection: Connection): PaletteItem => ({
    id: `${connection.id}-reconnect`,
    label: `Reconnect ${connection.name}`,
    hint: identityLine(connection) || undefined,
    icon: <RefreshCw />,
    end: isBroken(connection) ? <ConnectionStatusPill connection={connection} /> : undefined,
    run: () => dialogs.reconnect(connection),
  });
  const openConnection = (connection: Connection, tab?: 'usage') => () =>
    void navigate({
      to: '/p/$project/connections/$connection',
      params: { ...params, connection: connection.id },
      search: tab ? { tab } : {},
    });
  const openFlow = (flow: string) => () => void navigate({ to: '/p/$project/flows/$flow', params: { ...params, flow } });

  const groups: PaletteGroup[] = [];
  const add = (heading: string, items: readonly (PaletteItem | false)[]): void => {
    const real = items.filter((item) => item !== false);
    if (real.length > 0) groups.push({ heading, items: real });
  };

  if (intent === 'reconnect' || (intent === 'any' && q === '')) {
    const offered = found.filter((connection) => connection.can.manage);
    add(intent === 'reconnect' && q !== '' ? 'Reconnect' : 'Needs attention', offered.slice(0, intent === 'reconnect' ? 6 : 3).map(reconnectItem));
  }
  if (intent === 'where') {
    asked.forEach((connection, at) => {
      const usage = usages[at]?.data;
      const using = usage?.flows ?? [];
      add(`${connection.name} is used by`, [
        ...using.slice(0, 5).map((flow) => ({
          id: `${connection.id}-${flow.id}`,
          label: flow.name,
          hint: `${plural(flow.steps.length, 'step')} · ${flow.status === 'ACTIVE' ? 'active' : 'inactive'}`,
          icon: <Workflow />,
          run: openFlow(flow.id),
        })),
        {
          id: `${connection.id}-usage`,
          label: usage && using.length === 0 ? 'No flow' : `All of where ${connection.name} is used`,
          hint: identityLine(connection) || undefined,
          icon: <Waypoints />,
          run: openConnection(connection, 'usage'),
        },
      ]);
    });
  }
  if (intent === 'any' && q !== '') {
    add(
      'Connections',
      found.flatMap((connection) => [
        {
          id: connection.id,
          label: connection.name,
          hint: identityLine(connection) || connection.appName,
          icon: <AppIcon app={connection.app} size="xs" />,
          end: <ConnectionStatusPill connection={connection} />,
          run: openConnection(connection),
        },
        isBroken(connection) && connection.can.manage && reconnectItem(connection),
      ]),
    );
    add(
      'Flows',
      (flows.data?.data ?? []).map((flow) => ({ id: flow.id, label: flow.name, icon: <Workflow />, run: openFlow(flow.id) })),
    );
    const first = found[0];
    if (first) {
      add('Ask', [{ id: 'where', label: `Where is ${first.name} used?`, icon: <Waypoints />, run: openConnection(first, 'usage') }]);
    }
  }

  if (wantsApps) {
    add(
      'Apps',
      (apps.data ?? []).slice(0, intent === 'connect' ? 6 : 3).map((app) => ({
        id: `app-${app.slug}`,
        label: `Connect ${app.name}`,
        hint: app.description,
        icon: <AppIcon app={app.slug} size="xs" />,
        run: () => dialogs.newConnection(app.slug),
      })),
    );
  }

  const words = ask.subject;
  const named = (label: string): boolean => words === '' || label.toLowerCase().includes(words);
  const creating = can('connection.create') && (intent === 'connect' ? q === '' : intent === 'any' && named('new connection'));
  add('Do', [creating && { id: 'new-connection', label: 'New connection', icon: <Plus />, run: () => dialogs.newConnection() }]);
  if (intent === 'any') {
    const places: (PaletteItem | false)[] = [
      { id: 'go-connections', label: 'Connections', icon: <Plug />, run: () => void navigate({ to: '/p/$project/connections', params }) },
      { id: 'go-flows', label: 'Flows', icon: <Workflow />, run: () => void navigate({ to: '/p/$project/flows', params }) },
      { id: 'go-runs', label: 'Runs', icon: <History />, run: () => void navigate({ to: '/p/$project/runs', params }) },
      { id: 'go-apps', label: 'Apps', icon: <Blocks />, run: () => void navigate({ to: '/p/$project/apps', params }) },
      { id: 'go-settings', label: 'Settings', icon: <Settings />, run: () => void navigate({ to: '/p/$project/settings', params }) },
      { id: 'go-members', label: 'Members', icon: <Users />, run: () => void navigate({ to: '/p/$project/settings/members', params }) },
      can('key.manage') && { id: 'go-keys', label: 'API keys', icon: <KeyRound />, run: () => void navigate({ to: '/p/$project/settings/keys', params }) },
      can('oauth_client.manage') && { id: 'go-clients', label: 'OAuth clients', icon: <KeyRound />, run: () => void navigate({ to: '/p/$project/settings/oauth-clients', params }) },
    ];
    add('Go to', places.filter((place) => place && named(place.label)));
    const themes: PaletteItem[] = [
      { id: 'light', label: 'Light theme', icon: <Sun />, run: () => setTheme('light') },
      { id: 'dark', label: 'Dark theme', icon: <Moon />, run: () => setTheme('dark') },
    ];
    if (words !== '') add('Appearance', themes.filter((theme) => named(theme.label)));
  }

  return {
    groups,
    searching: q !== ask.subject || connections.isFetching || flows.isFetching || apps.isFetching,
    error: connections.error ?? flows.error,
  };
}
