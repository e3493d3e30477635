import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { membersQuery } from '@/features/settings/queries';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { Dialog, DialogClose } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { FormError } from '@/ui/states';
import { toast } from '@/ui/toast';
import { useConnectionsChanged } from './queries';

/** Hands a connection to another member. */
export function TransferDialog({ connection, open, onOpenChange }: { connection: Connection; open: boolean; onOpenChange: (open: boolean) => void }) {
  const project = useProject();
  const changed = useConnectionsChanged();
  const members = useQuery({ ...membersQuery(project), enabled: open });
  const [owner, setOwner] = useState<string | null>(null);
  const transfer = useMutation({
    mutationFn: () => api.post<Connection>(project.path(`/connections/${connection.id}/transfer`), { owner }),
    meta: { shown: true },
    onSuccess: (moved) => {
      changed(moved);
      onOpenChange(false);
      toast({ title: `${moved.name} now belongs to ${moved.owner.name}` });
    },
  });
  const options = (members.data ?? []).flatMap((member) =>
    member.user && member.status === 'active' && member.role !== 'viewer' && member.user.id !== connection.owner.id
      ? [{ value: member.user.id, label: member.user.name, hint: member.email, icon: <Avatar name={member.user.name} /> }]
      : [],
  );
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOwner(null);
        transfer.reset();
        onOpenChange(next);
      }}
      size="sm"
      title={`Transfer ${connection.name}`}
      description={`${connection.owner.name} owns it now. The new owner can reconnect, rename and delete it. The account it is signed in to and the flows that use it stay as they are.`}
    >
      <Field label="New owner" error={members.error ? 'The members could not be read.' : undefined}>
        <Combobox
          value={owner}
          onValueChange={setOwner}
          options={options}
          loading={members.isPending}
          placeholder="Choose a member"
          searchLabel="Search members"
          empty="No other member can own connections"
        />
      </Field>
      <FormError error={transfer.error} />
      <div className="flex justify-end gap-2">
        <DialogClose />
        <Button variant="primary" disabled={!owner} busy={transfer.isPending} onClick={() => transfer.mutate()}>
          Transfer
        </Button>
      </div>
    </Dialog>
  );
}
