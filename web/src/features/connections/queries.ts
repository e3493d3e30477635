import { keepPreviousData, queryOptions, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { ConnectedApp, Connection, ConnectionCounts, ConnectionUsage, Page } from '@/api/types';
import { useDebounced } from '@/lib/hooks';
import { mergeVersions } from './usage';

/** Filters of `GET /connections`, as the API names them. */
export interface ConnectionFilters {
  q?: string | undefined;
  app?: string | undefined;
  status?: string | undefined;
  owner?: string | undefined;
  sort?: string | undefined;
  attention?: boolean | undefined;
  unused?: boolean | undefined;
  expiring_within?: string | undefined;
  deleted?: boolean | undefined;
  limit?: number | undefined;
  cursor?: string | null | undefined;
}

interface Scope {
  key: readonly ['p', string];
  path: (resource: string) => string;
}

/** One page of the project's connections. */
export function connectionListQuery(project: Scope, filters: ConnectionFilters) {
  return queryOptions({
    queryKey: [...project.key, 'connections', 'list', filters],
    queryFn: ({ signal }) => api.get<Page<Connection>>(project.path('/connections'), { query: { ...filters }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

/** The broken ones, most harmful first: what the strip above the list is made from. */
export function attentionQuery(project: Scope) {
  return connectionListQuery(project, { attention: true, sort: '-flows', limit: 20 });
}

export function connectionQuery(project: Scope, id: string) {
  return queryOptions({
    queryKey: [...project.key, 'connections', 'one', id],
    queryFn: ({ signal }) => api.get<Connection>(project.path(`/connections/${id}`), { query: { deleted: true }, signal }),
    refetchInterval: 30_000,
  });
}

export function connectionCountsQuery(project: Scope, filters: Pick<ConnectionFilters, 'q' | 'app' | 'owner'> = {}) {
  return queryOptions({
    queryKey: [...project.key, 'connections', 'counts', filters],
    queryFn: ({ signal }) =>
      api.get<ConnectionCounts>(project.path('/connections/counts'), { query: { ...filters }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

/** The flows that use a connection; a flow whose draft and published version both do stands there once. */
export function connectionUsageQuery(project: Scope, id: string) {
  return queryOptions({
    queryKey: [...project.key, 'connections', 'usage', id],
    queryFn: async ({ signal }): Promise<ConnectionUsage> => {
      const usage = await api.get<ConnectionUsage>(project.path(`/connections/${id}/usage`), { signal });
      return { ...usage, flows: mergeVersions(usage.flows) };
    },
  });
}

/** Which apps have connections here, how many, and when they were last used. */
export function connectedAppsQuery(project: Scope) {
  return queryOptions({
    queryKey: [...project.key, 'connections', 'apps'],
    queryFn: async ({ signal }) =>
      (await api.get<{ data: ConnectedApp[] }>(project.path('/connections/apps'), { signal })).data,
    staleTime: 15_000,
  });
}

/** How many connections a drop-down offers at once; its search finds the others. */
const CHOICES = 50;

/**
 * The connections that a drop-down offers: those of one app (all apps when `app` is undefined) that `text` finds, by name.
 * `more`: there are others, which another search would find. Empty while `isPending`.
 */
export function useConnectionChoices(app: string | undefined, text: string) {
  const project = useProject();
  const q = useDebounced(text.trim(), 150);
  const scope = app ?? null;
  const query = useQuery({
    queryKey: [...project.key, 'connections', 'choices', scope, q],
    queryFn: ({ signal }) =>
      api.get<Page<Connection>>(project.path('/connections'), { query: { app, q, limit: CHOICES, sort: 'name' }, signal }),
    // While another search is on its way, what was found before stays: but never another app's.
    placeholderData: (before, asked) => (asked?.queryKey[4] === scope ? before : undefined),
    staleTime: 15_000,
  });
  return {
    connections: query.data?.data ?? NO_CONNECTIONS,
    more: query.data?.hasMore ?? false,
    searching: query.isPlaceholderData || q !== text.trim(),
    isPending: query.isPending,
    error: query.error,
    refetch: query.refetch,
  };
}

const NO_CONNECTIONS: readonly Connection[] = [];

/** A connection by id; `undefined` while loading and for a null id. */
export function useConnection(id: string | null | undefined) {
  const project = useProject();
  return useQuery({ ...connectionQuery(project, id ?? ''), enabled: Boolean(id) });
}

/** Several connections by id, as far as they have arrived. */
export function useConnectionsById(ids: readonly string[]): Connection[] {
  const project = useProject();
  return useQueries({
    queries: ids.map((id) => connectionQuery(project, id)),
    combine: (answers) => answers.flatMap(({ data }) => data ?? []),
  });
}

/** Takes one out of the lists before they are read again: its row goes at once and takes no focus back. */
export function useConnectionUnlisted(): (connection: string) => void {
  const client = useQueryClient();
  const { id } = useProject();
  return useCallback(
    (connection) =>
      void client.setQueriesData<Page<Connection>>(
        { queryKey: ['p', id, 'connections', 'list'] },
        (page) => page && { ...page, data: page.data.filter((each) => each.id !== connection) },
      ),
    [client, id],
  );
}

/** Says that connections have changed: lists, counts and drop-downs are read again. */
export function useConnectionsChanged(): (changed?: Connection) => void {
  const client = useQueryClient();
  const project = useProject();
  const id = project.id;
  return useCallback(
    (changed) => {
      if (changed) client.setQueryData(['p', id, 'connections', 'one', changed.id], changed);
      void client.invalidateQueries({ queryKey: ['p', id, 'connections'] });
      void client.invalidateQueries({ queryKey: ['p', id, 'connect-options'] });
    },
    [client, id],
  );
}

/** Says that one is destroyed. `leave` leads away from where it was shown, which would say that there is none. */
export function useConnectionDestroyed(): (connection: string, leave?: () => Promise<void>) => Promise<void> {
  const client = useQueryClient();
  const { id } = useProject();
  const unlisted = useConnectionUnlisted();
  const changed = useConnectionsChanged();
  return useCallback(
    async (connection, leave) => {
      unlisted(connection);
      await leave?.();
      client.removeQueries({ queryKey: ['p', id, 'connections', 'one', connection] });
      changed();
    },
    [client, id, unlisted, changed],
  );
}
