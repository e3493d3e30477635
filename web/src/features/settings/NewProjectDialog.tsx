import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { meQuery } from '@/api/session';
import type { Project } from '@/api/types';
import { Button } from '@/ui/button';
import { Dialog, DialogClose } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { FormError } from '@/ui/states';

/** Creates a project and goes there. */
export function NewProjectDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => api.post<Project>('/projects', { name: name.trim() }),
    meta: { shown: true },
    onSuccess: async (project) => {
      await client.fetchQuery({ ...meQuery, staleTime: 0 });
      onOpenChange(false);
      setName('');
      await navigate({ to: '/p/$project/connections', params: { project: project.id } });
    },
  });
  const error = create.error ? toApiError(create.error) : null;
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        create.reset();
        onOpenChange(next);
      }}
      size="sm"
      title="New project"
      description="A project has its own connections, flows, runs, keys and members. Nothing crosses from one to another."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !create.isPending) create.mutate();
        }}
      >
        <Field label="Name" error={error?.fields['name']}>
          <Input value={name} maxLength={100} autoFocus placeholder="Marketing" onChange={(event) => setName(event.target.value)} />
        </Field>
        {error && !error.fields['name'] && <FormError error={error} />}
        <div className="flex justify-end gap-2">
          <DialogClose />
          <Button type="submit" variant="primary" busy={create.isPending} disabled={!name.trim()}>
            Create project
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
