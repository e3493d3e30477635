import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { plural } from '@/lib/text';
import { Checkbox } from '@/ui/switch';
import { toast } from '@/ui/toast';
import { useRestore } from './actions';
import { useConnectionsChanged, useConnectionUnlisted } from './queries';
import { RemovalConfirm, type RemovalProps } from './RemovalConfirm';

interface Props extends RemovalProps {
  onDeleted?: (() => void) | undefined;
}

/** Moves a connection to the trash, after naming the flows that would stop. */
export function DeleteDialog({ onDeleted, ...props }: Props) {
  const { connection, onOpenChange } = props;
  const project = useProject();
  const changed = useConnectionsChanged();
  const unlisted = useConnectionUnlisted();
  const restore = useRestore();
  const [atProvider, setAtProvider] = useState(false);
  const remove = useMutation({
    mutationFn: async () => {
      if (atProvider) await api.post(project.path(`/connections/${connection.id}/revoke`), { atProvider: true });
      await api.delete(project.path(`/connections/${connection.id}`), { query: { force: true, confirm: connection.name } });
    },
    meta: { shown: true },
    onSuccess: () => {
      unlisted(connection.id);
      onOpenChange(false);
      changed();
      toast({
        title: `${connection.name} is in the trash`,
        text: 'It stays there for 30 days.',
        action: { label: 'Undo', onClick: () => restore.mutate(connection.id) },
      });
      onDeleted?.();
    },
  });
  return (
    <RemovalConfirm
      {...props}
      title={`Delete ${connection.name}?`}
      confirm="Delete"
      removal={remove}
      fate={(flows) => (
        <>
          <strong className="font-[550] text-fg">{plural(flows.length, 'flow')} would stop working.</strong> Put another
          connection in its place, or change or switch off the {flows.length === 1 ? 'flow' : 'flows'} first.
        </>
      )}
      flowsLabel="Flows that would stop"
      none={(unread) => <p>{unread ? 'Which flows use it could not be read.' : 'No flow uses it.'}</p>}
      runs={(held) => (
        <p className="text-sm">
          Runs that need it are held until it is restored; if it is destroyed they fail.
          {held > 0 && ` ${plural(held, 'run')} ${held === 1 ? 'is' : 'are'} held already.`}
        </p>
      )}
    >
      <p className="text-sm">
        It stays in the trash for 30 days; then its credential is destroyed. From the trash it can be restored, or destroyed
        at once.
      </p>
      {connection.type.startsWith('OAUTH') && connection.status !== 'REVOKED' && (
        <div className="text-fg">
          <Checkbox checked={atProvider} onCheckedChange={setAtProvider}>
            Also sign out at {connection.appName}, if it allows that. It must then be reconnected after a restore.
          </Checkbox>
        </div>
      )}
    </RemovalConfirm>
  );
}
