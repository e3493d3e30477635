import { infiniteQueryOptions, keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { FlowSummary, FlowVersion, Option, Page } from '@/api/types';
import type { FlowDocument, Trigger } from './model/document';
import { sampleSignature } from './model/polling';
import type { Flow, FlowVersionDocument } from './types';

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
    // How the polling stands changes by itself.
    refetchInterval: ({ state }) => (state.data?.triggerStatus ? 15_000 : false),
  });
}

/** Items an app has given as samples, and the one that stands for the trigger's data. */
export interface TriggerSamples {
  items: unknown[];
  chosen: number;
}

/** The sample loaded for a trigger as it is now; another app, event, connection or input has none. Put there by hand. */
export function triggerSampleQuery(project: Scope, flow: string, trigger: Trigger) {
  return queryOptions<TriggerSamples | null>({
    queryKey: [...project.key, 'flows', 'sample', flow, sampleSignature(trigger)],
    queryFn: () => null,
    enabled: false,
    staleTime: Infinity,
    gcTime: 30 * 60_000,
  });
}

export function flowVersionsQuery(project: Scope, id: string) {
  return queryOptions({
    queryKey: [...project.key, 'flows', 'versions', id],
    queryFn: ({ signal }) => api.get<Page<FlowVersion>>(project.path(`/flows/${id}/versions`), { query: { limit: 50 }, signal }),
  });
}

/** One published version with the document that runs or ran. */
export function flowVersionQuery(project: Scope, id: string, version: number) {
  return queryOptions({
    queryKey: [...project.key, 'flows', 'version', id, version],
    queryFn: ({ signal }) => api.get<FlowVersionDocument>(project.path(`/flows/${id}/versions/${version}`), { signal }),
    staleTime: Infinity,
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
    /** The newest items of the app that the draft's trigger waits for; moves and starts nothing. */
    sample: (id: string) => api.post<{ items: unknown[] }>(path(`/flows/${id}/trigger/sample`), {}),
    test: (id: string, input: unknown) => api.post<{ runId: string }>(path(`/flows/${id}/test`), { input }),
    run: (id: string, input: unknown) => api.post<{ runId: string }>(path(`/flows/${id}/runs`), { input }),
  };
}
