import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { FormError } from '@/ui/states';
import { toast } from '@/ui/toast';
import { FlowList, UsageSkeleton, useUsage } from './FlowUsage';
import { NameTyped } from './NameTyped';
import { useConnectionDestroyed } from './queries';

interface Props {
  connection: Connection;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The way on for the flows that name it: opens "Replace in flows". */
  onReplace: () => void;
  /** Leads away from where it was shown. */
  onDestroyed?: (() => Promise<void>) | undefined;
}

/** Destroys a connection that is in the trash, without waiting for its thirty days to pass. */
export function DestroyDialog({ connection, open, onOpenChange, onReplace, onDestroyed }: Props) {
  const project = useProject();
  const destroyed = useConnectionDestroyed();
  const usage = useUsage(connection, open);
  const [typed, setTyped] = useState('');
  const destroy = useMutation({
    mutationFn: () => api.post(project.path(`/connections/${connection.id}/destroy`)),
    meta: { shown: true },
    onSuccess: async () => {
      await destroyed(connection.id, onDestroyed);
      onOpenChange(false);
      toast({ title: `${connection.name} is destroyed` });
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
        destroy.reset();
        onOpenChange(next);
      }}
      size="md"
      title={`Destroy ${connection.name} now?`}
      confirm="Destroy"
      busy={destroy.isPending}
      disabled={!ready}
      onConfirm={() => destroy.mutate()}
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
      <p>
        Its credential is destroyed at once. This cannot be undone: to use the account again, somebody must connect it anew.
      </p>
      {usage.isPending ? (
        <UsageSkeleton />
      ) : flows.length > 0 ? (
        <>
          <p>
            <strong className="font-[550] text-fg">
              {plural(flows.length, 'flow')} still {flows.length === 1 ? 'names' : 'name'} it
            </strong>{' '}
            and cannot work until {flows.length === 1 ? 'it names' : 'they name'} another.
          </p>
          <FlowList flows={flows} label="Flows that name it" />
        </>
      ) : (
        usage.error && <p>Which flows name it could not be read.</p>
      )}
      {mustType && (
        <NameTyped
          name={connection.name}
          typed={typed}
          onTyped={setTyped}
          onEnter={() => {
            if (ready && !destroy.isPending) destroy.mutate();
          }}
        />
      )}
      <FormError error={destroy.error} />
    </Confirm>
  );
}
