import { useMutation } from '@tanstack/react-query';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection, ConnectOptions } from '@/api/types';
import { useConnectionsChanged } from '@/features/connections/queries';
import { Button } from '@/ui/button';
import { FormError } from '@/ui/states';

/** The account that has just signed in is connected already: use that one, or keep both. */
export function DuplicateAccount({
  made,
  existing,
  onFinished,
}: {
  made: Connection;
  existing: ConnectOptions['existing'][number];
  onFinished: (connection: Connection) => void;
}) {
  const project = useProject();
  const changed = useConnectionsChanged();
  const useIt = useMutation({
    mutationFn: async () => {
      const kept = await api.get<Connection>(project.path(`/connections/${existing.id}`));
      await api.delete(project.path(`/connections/${made.id}`), { query: { force: true, confirm: made.name } });
      return kept;
    },
    meta: { shown: true },
    onSuccess: (kept) => {
      changed(kept);
      onFinished(kept);
    },
  });
  return (
    <div className="flex flex-col gap-4">
      <p role="status">
        You already connected <b className="font-[620]">{existing.account.label ?? 'this account'}</b> as{' '}
        <b className="font-[620]">{existing.name}</b>.
      </p>
      <FormError error={useIt.error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => onFinished(made)}>Make another</Button>
        <Button variant="primary" autoFocus busy={useIt.isPending} onClick={() => useIt.mutate()}>
          Use it
        </Button>
      </div>
    </div>
  );
}
