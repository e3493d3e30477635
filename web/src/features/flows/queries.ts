import { infiniteQueryOptions, keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { FlowSummary, FlowVersion, Option, Page } from '@/api/types';
import type { FlowDocument } from './model/document';
import type { Flow } from './types';

interface Scope {
  key: readonly ['p', string];
  path: (resource: string) => string;
}

export interface FlowFilters {
  q?: string | undefined;
  status?: string | undefined;
  connection?: string | undefined;
  limit?: number | undefined;
  cursor?: string | null | undefined;
}

/** One page of the project's flows. */
export function flowListQuery(project: Scope, filters: FlowFilters) {
  return queryOptions({
    queryKey: [...project.key, 'flows', 'list', filters],
    queryFn: ({ signal }) => api.get<Page<FlowSummary>>(project.path('/flows'), { query: { ...filters }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 20_000,
  });
}

/** Flows by name for drop-downs: up to 200 that match `q`. */
export function flowChoicesQuery(project: Scope, q = '') {
  return infiniteQueryOptions({
    queryKey: [...project.key, 'flows', 'choices', q],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<FlowSummary>>(project.path('/flows'), { query: { q, limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page, pages) => (page.hasMore && pages.length < 2 ? page.cursor : null),
    staleTime: 15_000,
  });
}

export function flowQuery(project: Scope, id: string) {
  return queryOptions({
    queryKey: [...project.key, 'flows', 'one', id],
    queryFn: ({ signal }) => api.get<Flow>(project.path(`/flows/${id}`), { signal }),
  });
}

export function flowVersionsQuery(project: Scope, id: string) {
  return queryOptions({
    queryKey: [...project.key, 'flows', 'versions', id],
    queryFn: ({ signal }) => api.get<Page<FlowVersion>>(project.path(`/flows/${id}/versions`), { query: { limit: 50 }, signal }),
  });
}

/** The values of an action's drop-down, read through the connection. */
export function optionsQuery(project: Scope, connection: string, option: string, input: Record<string, string>) {
  return queryOptions({
    queryKey: [...project.key, 'options', connection, option, input],
    queryFn: async ({ signal }) =>
      (await api.get<{ data: Option[] }>(project.path(`/connections/${connection}/options/${encodeURIComponent(option)}`), { query: input, signal }))
        .data,
    staleTime: 60_000,
    retry: false,
  });
}

/** The calls that change flows; lists are read again afterwards. */
export function useFlowActions() {
  const project = useProject();
  const client = useQueryClient();
  const { id: projectId, path } = project;
  const changed = useCallback(
    (flow?: Flow): void => {
      if (flow) client.setQueryData(['p', projectId, 'flows', 'one', flow.id], flow);
      void client.invalidateQueries({ queryKey: ['p', projectId, 'flows', 'list'] });
      void client.invalidateQueries({ queryKey: ['p', projectId, 'flows', 'choices'] });
      if (flow) void client.invalidateQueries({ queryKey: ['p', projectId, 'flows', 'versions', flow.id] });
    },
    [client, projectId],
  );
  const send = async (resource: string, body?: unknown): Promise<Flow> => {
    const flow = await api.post<Flow>(path(resource), body);
    changed(flow);
    return flow;
  };
  return {
    changed,
    create: (name: string, draft: FlowDocument) => send('/flows', { name, draft }),
    duplicate: (id: string) => send(`/flows/${id}/duplicate`),
    publish: (id: string) => send(`/flows/${id}/publish`),
    enable: (id: string) => send(`/flows/${id}/enable`),
    disable: (id: string) => send(`/flows/${id}/disable`),
    restore: (id: string, version: number) => send(`/flows/${id}/versions/${version}/restore`),
    remove: async (id: string): Promise<void> => {
      await api.delete(path(`/flows/${id}`));
      client.removeQueries({ queryKey: ['p', projectId, 'flows', 'one', id] });
      changed();
    },
    test: (id: string, input: unknown) => api.post<{ runId: string }>(path(`/flows/${id}/test`), { input }),
    run: (id: string, input: unknown) => api.post<{ runId: string }>(path(`/flows/${id}/runs`), { input }),
  };
}
