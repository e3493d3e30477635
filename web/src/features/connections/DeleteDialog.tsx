import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { FormError } from '@/ui/states';
import { Checkbox } from '@/ui/switch';
import { toast } from '@/ui/toast';
import { useRestore } from './actions';
import { FlowList, UsageSkeleton, useUsage } from './FlowUsage';
import { NameTyped } from './NameTyped';
import { useConnectionsChanged, useConnectionUnlisted } from './queries';

interface Props {
  connection: Connection;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The way out that breaks nothing: opens "Replace in flows". */
  onReplace: () => void;
  onDeleted?: (() => void) | undefined;
}

/** Moves a connection to the trash, after naming the flows that would stop. */
export function DeleteDialog({ connection, open, onOpenChange, onReplace, onDeleted }: Props) {
  const project = useProject();
  const changed = useConnectionsChanged();
  const unlisted = useConnectionUnlisted();
  const restore = useRestore();
  const usage = useUsage(connection, open);
  const [typed, setTyped] = useState('');
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
  const flows = usage.data?.flows ?? [];
  const mustType = flows.some((flow) => flow.status === 'ACTIVE');
  const ready = !usage.isPending && (!mustType || typed.trim() === connection.name);
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        setTyped('');
        remove.reset();
        onOpenChange(next);
      }}
      size="md"
      title={`Delete ${connection.name}?`}
      confirm="Delete"
      busy={remove.isPending}
      disabled={!ready}
      onConfirm={() => remove.mutate()}
      extra={
        flows.length > 0 && (
          <Button
            className="mr-auto"
            onClick={() => {
              onOpenChange(false);
              onReplace();
            }}
          >
            Replace with…
          </Button>
        )
      }
    >
      {usage.isPending ? (
        <UsageSkeleton />
      ) : flows.length > 0 ? (
        <>
          <p>
            <strong className="font-[550] text-fg">{plural(flows.length, 'flow')} would stop working.</strong> Put another
            connection in its place, or change or switch off the {flows.length === 1 ? 'flow' : 'flows'} first.
          </p>
          <FlowList flows={flows} label="Flows that would stop" />
        </>
      ) : (
        <p>{usage.error ? 'Which flows use it could not be read.' : 'No flow uses it.'}</p>
      )}
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
      {mustType && (
        <NameTyped
          name={connection.name}
          typed={typed}
          onTyped={setTyped}
          onEnter={() => {
            if (ready && !remove.isPending) remove.mutate();
          }}
        />
      )}
      <FormError error={remove.error} />
    </Confirm>
  );
}
