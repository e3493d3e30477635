import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Page, RunSummary } from '@/api/types';
import { hasEnded, type Run } from './types';

interface Scope {
  key: readonly ['p', string];
  path: (resource: string) => string;
}

export interface RunFilters {
  flow?: string | undefined;
  status?: string | undefined;
  kind?: string | undefined;
  limit?: number | undefined;
  cursor?: string | null | undefined;
}

/** One page of runs, newest first; read again sooner while one of them is under way. */
export function runListQuery(project: Scope, filters: RunFilters) {
  return queryOptions({
    queryKey: [...project.key, 'runs', 'list', filters],
    queryFn: ({ signal }) => api.get<Page<RunSummary>>(project.path('/runs'), { query: { ...filters }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.data.some((run) => !hasEnded(run.status) && run.status !== 'HELD') ? 2_000 : 6_000),
  });
}

export function runQuery(project: Scope, id: string) {
  return queryOptions({
    queryKey: [...project.key, 'runs', 'one', id],
    queryFn: ({ signal }) => api.get<Run>(project.path(`/runs/${id}`), { signal }),
  });
}

/**
 * A run kept current: the server's event stream, and while that is down a look every 1.5 s. Stops when the run
 * has ended. `undefined` id: nothing.
 */
export function useRun(id: string | null | undefined) {
  const project = useProject();
  const client = useQueryClient();
  const { path, id: projectId } = project;
  const [streaming, setStreaming] = useState(false);
  const query = useQuery({
    ...runQuery(project, id ?? ''),
    enabled: Boolean(id),
    refetchInterval: ({ state }) => {
      if (!state.data || hasEnded(state.data.status)) return false;
      return streaming ? 15_000 : 1_500;
    },
  });
  const ended = query.data ? hasEnded(query.data.status) : false;
  const known = query.data !== undefined;
  const stream = id && known && !ended ? `/api/v1${path(`/runs/${id}/events`)}` : null;
  useEffect(() => {
    if (!stream || typeof EventSource === 'undefined') return;
    const source = new EventSource(stream);
    source.onopen = () => setStreaming(true);
    source.onerror = () => {
      setStreaming(false);
      // A stream that was refused or ended is not opened again by the browser; polling goes on.
      if (source.readyState === EventSource.CLOSED) source.close();
    };
    source.addEventListener('run', (event: MessageEvent<string>) => {
      try {
        const run = JSON.parse(event.data) as Run;
        client.setQueryData(['p', projectId, 'runs', 'one', run.id], run);
        if (hasEnded(run.status)) {
          source.close();
          setStreaming(false);
          void client.invalidateQueries({ queryKey: ['p', projectId, 'runs', 'list'] });
        }
      } catch {
        // Not a run: polling will tell.
        setStreaming(false);
      }
    });
    return () => {
      source.close();
      setStreaming(false);
    };
  }, [stream, client, projectId]);
  return query;
}

/** The newest test run of a flow (else its newest run), for sample data. Null when there is none. */
export function latestRunQuery(project: Scope, flow: string) {
  return queryOptions({
    queryKey: [...project.key, 'runs', 'latest', flow],
    queryFn: async ({ signal }) => {
      for (const kind of ['test', undefined]) {
        const page = await api.get<Page<RunSummary>>(project.path('/runs'), { query: { flow, kind, limit: 1 }, signal });
        const [newest] = page.data;
        if (newest) return api.get<Run>(project.path(`/runs/${newest.id}`), { signal });
      }
      return null;
    },
    staleTime: 30_000,
  });
}

/** The calls that change runs. */
export function useRunActions() {
  const project = useProject();
  const client = useQueryClient();
  const { id: projectId, path } = project;
  const refresh = useCallback(
    (): void => void client.invalidateQueries({ queryKey: ['p', projectId, 'runs'] }),
    [client, projectId],
  );
  return {
    cancel: async (id: string): Promise<void> => {
      await api.post(path(`/runs/${id}/cancel`));
      refresh();
    },
    /** Answers the id of the run that goes on or begins. */
    retry: async (id: string, from: 'start' | 'failed_step'): Promise<string> => {
      const answer = await api.post<{ runId?: string; id?: string } | undefined>(path(`/runs/${id}/retry`), { from });
      refresh();
      return answer?.runId ?? answer?.id ?? id;
    },
  };
}
