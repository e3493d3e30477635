import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { useFlowActions } from '../queries';
import type { Flow } from '../types';
import { Draft, type DraftState } from './draft';

/** The draft of a flow for as long as its page is open. Leaving the page saves; closing the tab asks first. */
export function useDraft(flow: Flow): { draft: Draft; state: DraftState } {
  const project = useProject();
  const client = useQueryClient();
  const { changed } = useFlowActions();
  const [draft] = useState(() => {
    const path = project.path(`/flows/${flow.id}`);
    return new Draft(flow, {
      save: async (patch, revision) =>
        (await api.send<Flow>('PUT', path, { body: patch, headers: { 'If-Match': `"${revision}"` } })).data,
      load: () => api.get<Flow>(path),
      seen: (seen) => {
        client.setQueryData([...project.key, 'flows', 'one', seen.id], seen);
        changed();
      },
    });
  });
  const state = useSyncExternalStore(draft.subscribe, draft.get);
  useEffect(() => draft.offer(flow), [draft, flow]);
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (!draft.dirty) return;
      void draft.flush();
      event.preventDefault();
    };
    const hide = (): void => {
      if (document.visibilityState === 'hidden') void draft.flush();
    };
    window.addEventListener('beforeunload', ask);
    document.addEventListener('visibilitychange', hide);
    return () => {
      window.removeEventListener('beforeunload', ask);
      document.removeEventListener('visibilitychange', hide);
      void draft.flush();
    };
  }, [draft]);
  return { draft, state };
}
