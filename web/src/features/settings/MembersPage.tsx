import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Link2, UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { useCan, useMe, useProject } from '@/api/session';
import type { Member, MemberAdded, Role } from '@/api/types';
import { sentence } from '@/lib/text';
import { Avatar } from '@/ui/avatar';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Menu, MenuItem } from '@/ui/menu';
import { PageHead } from '@/ui/page';
import { Pill } from '@/ui/pill';
import { Select } from '@/ui/select';
import { ErrorState, FormError, Skeleton } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import { InvitationLinkDialog, InviteDialog } from './InviteDialog';
import { membersQuery } from './queries';
import { ROLES } from './roles';

/** `/p/{project}/settings/members` */
export function MembersPage() {
  const project = useProject();
  const can = useCan();
  // Who was invited may have joined since.
  const members = useQuery({ ...membersQuery(project), staleTime: 0 });
  const [inviting, setInviting] = useState(false);
  const manage = can('member.manage');
  return (
    <>
      <PageHead
        title="Members"
        lead={`Who works in ${project.name}, and what they may do.`}
        actions={
          manage && (
            <Button variant="primary" icon={<UserPlus aria-hidden />} onClick={() => setInviting(true)}>
              Invite member
            </Button>
          )
        }
      />
      {members.error ? (
        <ErrorState error={members.error} title="The members did not load" onRetry={() => void members.refetch()} />
      ) : !members.data ? (
        <Skeleton className="h-48 rounded-lg" />
      ) : (
        <ul aria-label="Members" className="rounded-lg border bg-surface shadow-low">
          {members.data.map((member) => (
            <MemberRow key={member.email} member={member} manage={manage} />
          ))}
        </ul>
      )}
      <dl className="grid gap-x-8 gap-y-2 text-sm text-fg2 md:grid-cols-3">
        {ROLES.map((role) => (
          <div key={role.value}>
            <dt className="font-[550] text-fg">{role.label}</dt>
            <dd>{role.hint}</dd>
          </div>
        ))}
      </dl>
      {inviting && <InviteDialog open onOpenChange={setInviting} />}
    </>
  );
}

function MemberRow({ member, manage }: { member: Member; manage: boolean }) {
  const project = useProject();
  const me = useMe();
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const invited = member.status === 'invited';
  const id = member.user?.id ?? member.invitationId ?? '';
  const name = member.user?.name ?? member.email;
  const self = member.user?.id === me.user.id;
  const path = project.path(`/members/${id}`);
  const renew = (): Promise<void> => client.invalidateQueries({ queryKey: [...project.key, 'members'] });
  const setRole = useMutation({
    mutationFn: (role: Role) => api.patch<Member>(path, { role }),
    onSuccess: async (_saved, role) => {
      await renew();
      toast({ title: `${name} is now ${role === 'viewer' ? 'a viewer' : role === 'editor' ? 'an editor' : 'an admin'}` });
    },
  });
  const remove = useMutation({
    mutationFn: () => api.delete(path),
    meta: { shown: true },
    onSuccess: async () => {
      setRemoving(false);
      await renew();
      toast({ title: invited ? `The invitation of ${name} is withdrawn` : `${name} is no longer a member` });
    },
  });
  // Inviting the same address again makes a new link; the earlier one stops working.
  const [link, setLink] = useState<MemberAdded | null>(null);
  const again = useMutation({
    mutationFn: () => api.post<MemberAdded>(project.path('/members'), { email: member.email, role: member.role }),
    onSuccess: async (added) => {
      setLink(added);
      await renew();
    },
  });
  const changeable = manage && !self && !member.isOwner;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2.5 last:border-b-0">
      <Avatar name={name} />
      <div className="min-w-0 flex-1 max-md:basis-[calc(100%-82px)]">
        <p className="truncate font-[550] max-md:whitespace-normal max-md:wrap-anywhere" title={name}>
          <bdi>{name}</bdi>
          {self && <span className="ml-1.5 font-normal text-fg3">you</span>}
        </p>
        <p className="truncate text-xs text-fg3">
          {invited ? (
            <>
              Invited <TimeAgo at={member.created} />, has not joined yet
            </>
          ) : (
            member.email
          )}
        </p>
      </div>
      {invited && (
        <Pill tone="neutral" className="max-md:hidden">
          Invited
        </Pill>
      )}
      {member.isOwner ? (
        <Pill tone="accent" className="max-md:order-1 max-md:ml-[38px]">
          Owner
        </Pill>
      ) : changeable ? (
        <Select
          small
          className="h-8 w-[104px] max-md:order-1 max-md:ml-[38px]"
          label={`Role of ${name}`}
          value={member.role}
          disabled={setRole.isPending}
          onValueChange={(role) => setRole.mutate(role)}
          options={ROLES.map(({ value, label }) => ({ value, label }))}
        />
      ) : (
        <span className="text-sm text-fg2 max-md:order-1 max-md:ml-[38px]">{sentence(member.role)}</span>
      )}
      {manage &&
        (changeable ? (
          <Menu
            trigger={
              <IconButton label={`More actions for ${name}`}>
                <Ellipsis />
              </IconButton>
            }
          >
            {invited && (
              <MenuItem icon={<Link2 />} onSelect={() => again.mutate()}>
                New invitation link
              </MenuItem>
            )}
            <MenuItem icon={<UserMinus />} danger onSelect={() => setRemoving(true)}>
              {invited ? 'Withdraw invitation' : 'Remove from project'}
            </MenuItem>
          </Menu>
        ) : (
          <span className="w-7 max-md:hidden" />
        ))}
      {link?.invitation && (
        <InvitationLinkDialog email={member.email} invitation={link.invitation} onClose={() => setLink(null)} />
      )}
      <Confirm
        open={removing}
        onOpenChange={(next) => {
          remove.reset();
          setRemoving(next);
        }}
        title={invited ? `Withdraw the invitation of ${name}?` : `Remove ${name}?`}
        confirm={invited ? 'Withdraw' : 'Remove'}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>
          {member.status === 'invited'
            ? 'The link stops working at once.'
            : 'They lose access at once. Their connections and flows stay and go on working; an admin can transfer them.'}
        </p>
        <FormError error={remove.error} />
      </Confirm>
    </li>
  );
}
