import { useIsMutating, useMutation } from '@tanstack/react-query';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { leaveRow } from '@/lib/focus';
import { plural } from '@/lib/text';
import { announce } from '@/ui/announce';
import { toast } from '@/ui/toast';
import { useConnectionsChanged, useConnectionUnlisted } from './queries';
import { healthSentence } from './reasons';
import { isBroken } from './status';

/** Asks the app whether the credential still works; says the outcome in a toast. */
export function useCheck(connection: Connection) {
  const project = useProject();
  const changed = useConnectionsChanged();
  return useMutation({
    mutationKey: ['check', connection.id],
    mutationFn: () => api.post<Connection>(project.path(`/connections/${connection.id}/check`)),
    onMutate: () => announce(`Checking ${connection.name}`),
    onSuccess: (checked) => {
      changed(checked);
      if (isBroken(checked)) {
        toast({
          tone: 'bad',
          title: `${checked.name} does not work`,
          text: healthSentence(checked),
        });
      } else {
        toast({
          title: `${checked.name} works`,
          ...(checked.account.label ? { text: `Signed in as ${checked.account.label}` } : {}),
        });
      }
    },
  });
}

/** Whether a check of this connection is under way, wherever it was started. */
export function useChecking(id: string): boolean {
  return useIsMutating({ mutationKey: ['check', id] }) > 0;
}

/** Takes a connection out of the trash; says in a toast what becomes of the runs held for it. */
export function useRestore() {
  const project = useProject();
  const changed = useConnectionsChanged();
  const unlisted = useConnectionUnlisted();
  return useMutation({
    mutationFn: async (id: string) => {
      // Once it is back they are no longer held.
      const { heldRunCount: held } = await api.get<Connection>(project.path(`/connections/${id}`), { query: { deleted: true } });
      return { restored: await api.post<Connection>(project.path(`/connections/${id}/restore`)), held };
    },
    onSuccess: ({ restored, held }) => {
      leaveRow(restored.id);
      unlisted(restored.id);
      changed(restored);
      toast({
        title: `${restored.name} is back`,
        ...(held > 0 && { text: isBroken(restored) ? `${plural(held, 'run')} held until it is reconnected` : `Resuming ${plural(held, 'held run')}` }),
      });
    },
  });
}
