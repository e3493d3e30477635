import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { api } from '@/api/client';
import { meQuery, useMe, useProject } from '@/api/session';
import { useFlowActions } from '../queries';
import type { Flow } from '../types';
import { toast } from '@/ui/toast';
import { keepBackup, readBackup } from './backup';
import { Draft, type DraftState } from './draft';

/** The draft of a flow for as long as its page is open. Leaving the page saves; closing the tab asks first. */
export function useDraft(flow: Flow): { draft: Draft; state: DraftState } {
  const project = useProject();
  const me = useMe();
  const user = me.user.id;
  const client = useQueryClient();
  const { changed } = useFlowActions();
  const [draft] = useState(() => {
    const path = project.path(`/flows/${flow.id}`);
    const made = new Draft(flow, {
      save: async (patch, revision) =>
        (await api.send<Flow>('PUT', path, { body: patch, headers: { 'If-Match': `"${revision}"` } })).data,
      load: () => api.get<Flow>(path),
      seen: (seen) => {
        client.setQueryData([...project.key, 'flows', 'one', seen.id], seen);
        changed();
      },
    });
    const backup = flow.can.edit ? readBackup(user, flow.id) : null;
    if (backup) made.resume(backup);
    return made;
  });
  const state = useSyncExternalStore(draft.subscribe, draft.get);
  useEffect(() => draft.offer(flow), [draft, flow]);
  // What is not saved outlives the page, until it is.
  useEffect(() => {
    const keep = (): void => {
      const { unsaved } = draft;
      keepBackup(user, flow.id, unsaved && { ...unsaved, at: Date.now() });
    };
    if (draft.tellResumed()) toast({ title: 'What was not saved is here again' });
    keep();
    return draft.subscribe(keep);
  }, [draft, user, flow.id]);
  // Signed in again: what was refused for want of a session is saved now.
  const signedInAt = useQuery({ ...meQuery, enabled: false }).dataUpdatedAt;
  useEffect(() => {
    const { save } = draft.get();
    if (save.kind === 'failed' && save.error.status === 401) void draft.flush();
  }, [draft, signedInAt]);
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
