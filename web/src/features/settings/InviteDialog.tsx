import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { MemberAdded, Role } from '@/api/types';
import { daysLeft } from '@/lib/time';
import { Button } from '@/ui/button';
import { CopyField } from '@/ui/copy';
import { Dialog, DialogClose } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { Select } from '@/ui/select';
import { FormError } from '@/ui/states';
import { ROLES } from './roles';

/** The link that lets somebody join; it is shown only here. */
export function InvitationLinkDialog({
  email,
  invitation,
  onClose,
}: {
  email: string;
  invitation: NonNullable<MemberAdded['invitation']>;
  onClose: () => void;
}) {
  const project = useProject();
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      keepOpen
      title="Send this link"
      description={`It lets ${email} join ${project.name} once; links made before stop working. It is shown only here and runs out in ${daysLeft(invitation.expiresAt)}.`}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <CopyField value={invitation.url} label="invitation link" />
    </Dialog>
  );
}

/** Adds somebody by e-mail; for people new to the workspace it shows the link to send them. */
export function InviteDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('editor');
  const add = useMutation({
    mutationFn: () => api.post<MemberAdded>(project.path('/members'), { email: email.trim(), role }),
    meta: { shown: true },
    onSuccess: () => client.invalidateQueries({ queryKey: [...project.key, 'members'] }),
  });
  const error = add.error ? toApiError(add.error) : null;
  if (add.data) {
    const { invitation, member } = add.data;
    return (
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        keepOpen
        title={invitation ? 'Send this link' : `${member.user?.name ?? member.email} is a member now`}
        description={
          invitation
            ? `It lets ${member.email} join ${project.name} once. It is shown only here and runs out in ${daysLeft(invitation.expiresAt)}.`
            : 'They already have an account in this workspace and see the project at once.'
        }
      >
        {invitation && <CopyField value={invitation.url} label="invitation link" />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => add.reset()}>Invite another</Button>
          <Button variant="primary" onClick={() => onOpenChange(false)}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open={open} onOpenChange={onOpenChange} size="sm" title="Invite member">
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (email.trim() && !add.isPending) add.mutate(undefined, { onSuccess: () => setEmail('') });
        }}
      >
        <Field label="E-mail" error={error?.fields['email']}>
          <Input
            type="email"
            autoFocus
            autoComplete="off"
            placeholder="name@example.com"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <Field label="Role" help={ROLES.find((each) => each.value === role)?.hint}>
          <Select value={role} onValueChange={setRole} options={ROLES} />
        </Field>
        <FormError error={error && !error.fields['email'] ? error : null} />
        <div className="flex justify-end gap-2">
          <DialogClose />
          <Button type="submit" variant="primary" busy={add.isPending} disabled={!email.trim()}>
            Invite
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
