import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { api } from '@/api/client';
import { useCan, useMe, useProject } from '@/api/session';
import type { Connection, Visibility } from '@/api/types';
import { Button } from '@/ui/button';
import { Section } from '@/ui/page';
import { Segmented } from '@/ui/tabs';
import { toast } from '@/ui/toast';
import { DeleteDialog } from './DeleteDialog';
import { useConnectionsChanged } from './queries';
import { RenameForm } from './RenameDialog';
import { ReplaceDialog } from './ReplaceDialog';
import { RevokeDialog } from './RevokeDialog';
import { TransferDialog } from './TransferDialog';

type Open = 'transfer' | 'replace' | 'revoke' | 'delete' | null;

/** Name, who may use it, and what ends it. */
export function SettingsTab({ connection }: { connection: Connection }) {
  const project = useProject();
  const me = useMe();
  const can = useCan();
  const navigate = useNavigate();
  const changed = useConnectionsChanged();
  const [open, setOpen] = useState<Open>(null);
  const share = useMutation({
    mutationFn: (visibility: Visibility) =>
      api.patch<Connection>(project.path(`/connections/${connection.id}`), { visibility }),
    onSuccess: (saved) => {
      changed(saved);
      toast({ title: saved.visibility === 'project' ? `Everyone in ${project.name} can use it` : `Only ${saved.owner.name} can use it` });
    },
  });
  const shared = me.plan === 'team' || me.plan === 'enterprise';
  const during = (which: Open) => ({
    connection,
    open: open === which,
    onOpenChange: (next: boolean) => setOpen((now) => (next ? which : now === which ? null : now)),
  });
  return (
    <div className="flex flex-col gap-4">
      <Section title="Name" lead="Flows refer to the connection itself, so a new name changes nothing for them.">
        <div className="max-w-[420px]">
          <RenameForm key={connection.name} connection={connection} onSaved={() => toast({ title: 'Name saved' })} />
        </div>
      </Section>
      <Section
        title="Who can use it"
        lead={
          shared
            ? 'Flows run with this account either way; this decides who may put it into a step.'
            : 'On this plan a connection can be used by its owner alone.'
        }
      >
        <Segmented
          label="Who can use it"
          className="max-w-[420px]"
          value={connection.visibility}
          onValueChange={(next) => {
            if (shared && next !== connection.visibility && !share.isPending) share.mutate(next);
          }}
          items={[
            { value: 'project', label: `Everyone in ${project.name}` },
            { value: 'private', label: `Only ${connection.owner.name}` },
          ]}
        />
      </Section>
      <section className="divide-y divide-line rounded-lg border bg-surface shadow-low">
        <Act title="Transfer owner" text={`${connection.owner.name} owns it now.`}>
          <Button onClick={() => setOpen('transfer')}>Transfer…</Button>
        </Act>
        {can('flow.edit') && (
          <Act title="Replace in flows" text="Puts another connection into every step that uses this one.">
            <Button onClick={() => setOpen('replace')}>Replace…</Button>
          </Act>
        )}
        {connection.status !== 'REVOKED' && (
          <Act title="Revoke" text="Withdraws its access at once, also from runs under way. It can be reconnected.">
            <Button variant="danger-ghost" onClick={() => setOpen('revoke')}>
              Revoke…
            </Button>
          </Act>
        )}
        <Act title="Delete" text="Moves it to the trash for 30 days.">
          <Button variant="danger-ghost" onClick={() => setOpen('delete')}>
            Delete…
          </Button>
        </Act>
      </section>
      {open === 'transfer' && <TransferDialog {...during('transfer')} />}
      {open === 'replace' && <ReplaceDialog {...during('replace')} />}
      {open === 'revoke' && <RevokeDialog {...during('revoke')} />}
      {open === 'delete' && (
        <DeleteDialog
          {...during('delete')}
          onReplace={() => setOpen('replace')}
          onDeleted={() => void navigate({ to: '/p/$project/connections', params: { project: project.id } })}
        />
      )}
    </div>
  );
}

function Act({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-5 py-3.5">
      <div className="min-w-0">
        <h3>{title}</h3>
        <p className="text-sm text-fg2">{text}</p>
      </div>
      {children}
    </div>
  );
}
