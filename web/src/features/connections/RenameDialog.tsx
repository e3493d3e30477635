import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { Button } from '@/ui/button';
import { Dialog, DialogClose } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { FormError } from '@/ui/states';
import { useConnectionsChanged } from './queries';

/** Changes a connection's name; flows are not touched by it. */
export function RenameForm({ connection, onSaved, inDialog }: { connection: Connection; onSaved: () => void; inDialog?: boolean }) {
  const project = useProject();
  const changed = useConnectionsChanged();
  const [name, setName] = useState(connection.name);
  const rename = useMutation({
    mutationFn: () => api.patch<Connection>(project.path(`/connections/${connection.id}`), { name: name.trim() }),
    meta: { shown: true },
    onSuccess: (renamed) => {
      changed(renamed);
      onSaved();
    },
  });
  const error = rename.error ? toApiError(rename.error) : null;
  const fieldError = error?.code === 'CONNECTION_NAME_TAKEN' ? error.message : error?.fields['name'];
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() && !rename.isPending) rename.mutate();
      }}
    >
      <Field label="Name" error={fieldError}>
        <Input
          value={name}
          maxLength={100}
          autoComplete="off"
          onFocus={(event) => {
            if (inDialog) event.target.select();
          }}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      {!fieldError && <FormError error={error} />}
      <div className={inDialog ? 'flex justify-end gap-2' : 'flex gap-2'}>
        {inDialog && <DialogClose />}
        <Button
          type="submit"
          variant={inDialog ? 'primary' : 'default'}
          busy={rename.isPending}
          disabled={!name.trim() || (!inDialog && name.trim() === connection.name)}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

export function RenameDialog({ connection, open, onOpenChange }: { connection: Connection; open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="sm"
      title={`Rename ${connection.name}`}
      initialFocus={() => document.querySelector<HTMLElement>('[role=dialog] form input')}
    >
      <RenameForm connection={connection} inDialog onSaved={() => onOpenChange(false)} />
    </Dialog>
  );
}
