import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { plural } from '@/lib/text';
import { Confirm } from '@/ui/dialog';
import { FormError } from '@/ui/states';
import { Checkbox } from '@/ui/switch';
import { toast } from '@/ui/toast';
import { FlowList, UsageSkeleton, useUsage } from './FlowUsage';
import { useConnectionsChanged } from './queries';

/** Withdraws a connection's access at once, also from runs under way. It stays listed and can be reconnected. */
export function RevokeDialog({ connection, open, onOpenChange }: { connection: Connection; open: boolean; onOpenChange: (open: boolean) => void }) {
  const project = useProject();
  const changed = useConnectionsChanged();
  const usage = useUsage(connection, open);
  const [atProvider, setAtProvider] = useState(false);
  const isOAuth = connection.type.startsWith('OAUTH');
  const revoke = useMutation({
    mutationFn: () =>
      api.post<Connection>(project.path(`/connections/${connection.id}/revoke`), isOAuth ? { atProvider } : {}),
    meta: { shown: true },
    onSuccess: (revoked) => {
      changed(revoked);
      onOpenChange(false);
      toast({ title: `${revoked.name} is revoked`, text: 'No flow can use it until somebody reconnects it.' });
    },
  });
  const flows = usage.data?.flows ?? [];
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        revoke.reset();
        onOpenChange(next);
      }}
      size="md"
      title={`Revoke ${connection.name}?`}
      confirm="Revoke"
      busy={revoke.isPending}
      disabled={usage.isPending}
      onConfirm={() => revoke.mutate()}
    >
      <p>
        From this moment no flow can use it, not even a run that is under way. Their runs are held, not lost: reconnecting
        it lets them go on.
      </p>
      {usage.isPending ? (
        <UsageSkeleton />
      ) : flows.length > 0 ? (
        <>
          <p>
            {plural(flows.length, 'flow')} {flows.length === 1 ? 'uses' : 'use'} it:
          </p>
          <FlowList flows={flows} label="Flows that would stop" />
        </>
      ) : null}
      {isOAuth && (
        <div className="text-fg">
          <Checkbox checked={atProvider} onCheckedChange={setAtProvider}>
            Also sign out at {connection.appName}, if it allows that
          </Checkbox>
        </div>
      )}
      <FormError error={revoke.error} />
    </Confirm>
  );
}
