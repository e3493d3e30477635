import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { ConnectedApp, Connection, ConnectionCounts, ConnectionUsage, Page } from '@/api/types';
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

/**
 * The project's connections of one app (all apps when `app` is undefined), by name: for drop-downs.
 * `connections` is empty while `isPending`. Every page is read, up to 1,000 connections.
 */
export function useConnections(app?: string) {
  const project = useProject();
  const query = useInfiniteQuery({
    queryKey: [...project.key, 'connections', 'all', app ?? null],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Connection>>(project.path('/connections'), {
        query: { app, limit: 100, sort: 'name', cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page, pages) => (page.hasMore && pages.length < 10 ? page.cursor : null),
    staleTime: 15_000,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  if (hasNextPage && !isFetchingNextPage) queueMicrotask(() => void fetchNextPage());
  const connections = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { connections, isPending: query.isPending, error: query.error, refetch: query.refetch };
}

/** A connection by id; `undefined` while loading and for a null id. */
export function useConnection(id: string | null | undefined) {
  const project = useProject();
  return useQuery({ ...connectionQuery(project, id ?? ''), enabled: Boolean(id) });
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
