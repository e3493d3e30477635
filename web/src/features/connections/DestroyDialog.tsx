import { useMutation } from '@tanstack/react-query';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { plural } from '@/lib/text';
import { toast } from '@/ui/toast';
import { useConnectionDestroyed } from './queries';
import { RemovalConfirm, type RemovalProps } from './RemovalConfirm';

interface Props extends RemovalProps {
  /** Leads away from where it was shown. */
  onDestroyed?: (() => Promise<void>) | undefined;
}

/** Destroys a connection that is in the trash, without waiting for its thirty days to pass. */
export function DestroyDialog({ onDestroyed, ...props }: Props) {
  const { connection, onOpenChange } = props;
  const project = useProject();
  const destroyed = useConnectionDestroyed();
  const destroy = useMutation({
    mutationFn: () => api.post(project.path(`/connections/${connection.id}/destroy`)),
    meta: { shown: true },
    onSuccess: async () => {
      await destroyed(connection.id, onDestroyed);
      onOpenChange(false);
      toast({ title: `${connection.name} is destroyed` });
    },
  });
  return (
    <RemovalConfirm
      {...props}
      title={`Destroy ${connection.name} now?`}
      confirm="Destroy"
      removal={destroy}
      lead={
        <p>
          Its credential is destroyed at once. This cannot be undone: to use the account again, somebody must connect it anew.
        </p>
      }
      fate={(flows) => (
        <>
          <strong className="font-[550] text-fg">
            {plural(flows.length, 'flow')} still {flows.length === 1 ? 'names' : 'name'} it
          </strong>{' '}
          and cannot work until {flows.length === 1 ? 'it names' : 'they name'} another.
        </>
      )}
      flowsLabel="Flows that name it"
      none={(unread) => unread && <p>Which flows name it could not be read.</p>}
      runs={(held) =>
        held > 0 && (
          <p>
            {plural(held, 'run')} held for it {held === 1 ? 'fails' : 'fail'}.
          </p>
        )
      }
    />
  );
}
