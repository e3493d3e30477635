import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { Connection, ReplaceResult } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { Combobox, type ComboboxOption } from '@/ui/combobox';
import { Dialog, DialogClose } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { FormError, Note } from '@/ui/states';
import { toast } from '@/ui/toast';
import { ConnectionStatusPill } from './ConnectionStatusPill';
import { UsageSkeleton } from './FlowUsage';
import { useConnection, useConnectionChoices, useConnectionsChanged } from './queries';
import { identityLine, isBroken } from './status';
import { mergePreview } from './usage';

function option(connection: Connection): ComboboxOption {
  return {
    value: connection.id,
    label: connection.name,
    hint: identityLine(connection) || undefined,
    icon: <AppIcon app={connection.app} size="xs" />,
    end: isBroken(connection) ? <ConnectionStatusPill connection={connection} /> : undefined,
  };
}

/** Puts another connection of the same app into every step that uses this one: preview, one change, undo. */
export function ReplaceDialog({ connection, open, onOpenChange }: { connection: Connection; open: boolean; onOpenChange: (open: boolean) => void }) {
  const project = useProject();
  const can = useCan();
  const client = useQueryClient();
  const changed = useConnectionsChanged();
  const dialogs = useConnectDialogs();
  const [text, setText] = useState('');
  const { connections, more, isPending } = useConnectionChoices(connection.app, text);
  const [chosen, setChosen] = useState<string | null>(null);
  const target = useConnection(chosen).data;
  const path = project.path(`/connections/${connection.id}/replace`);
  const preview = useQuery({
    queryKey: [...project.key, 'connections', 'replace', connection.id, chosen],
    queryFn: () => api.post<ReplaceResult>(path, { with: chosen, dryRun: true }),
    enabled: open && chosen !== null,
    staleTime: 0,
  });
  const flowsChanged = (): void => {
    changed();
    void client.invalidateQueries({ queryKey: [...project.key, 'flows'] });
  };
  const undo = useMutation({
    mutationFn: (undoToken: string) => api.post(project.path('/connections/replace-undo'), { undoToken }),
    onSuccess: () => {
      flowsChanged();
      toast({ title: 'Undone', text: `The flows use ${connection.name} again.` });
    },
  });
  const replace = useMutation({
    mutationFn: () => api.post<ReplaceResult>(path, { with: chosen }),
    meta: { shown: true },
    onSuccess: (result) => {
      flowsChanged();
      onOpenChange(false);
      const token = result.undoToken;
      const changedFlows = new Set(result.flows.map((flow) => flow.id)).size;
      const name = target?.name ?? 'the other connection';
      toast({
        title: `${plural(changedFlows, 'flow')} now ${changedFlows === 1 ? 'uses' : 'use'} ${name}`,
        ...(token ? { action: { label: 'Undo', onClick: () => undo.mutate(token) } } : {}),
      });
    },
  });
  const flows = mergePreview(preview.data?.flows ?? []);
  const count = flows.length;
  const others = connections.filter((each) => each.id !== connection.id);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setChosen(null);
        replace.reset();
        onOpenChange(next);
      }}
      title={`Replace ${connection.name} in flows`}
      description={`Every step that uses ${connection.name} will use the connection you choose, in drafts and in published versions, all at once.`}
    >
      <Field label="Replace with">
        <Combobox
          value={chosen}
          onValueChange={setChosen}
          loading={isPending}
          placeholder={`Choose another ${connection.appName} connection`}
          searchLabel="Search connections"
          onSearch={setText}
          more={more}
          current={target && option(target)}
          empty={text.trim() === '' ? `There is no other ${connection.appName} connection` : 'Nothing matches'}
          options={others.map(option)}
          {...(can('connection.create')
            ? {
                pinned: {
                  label: 'New Connection',
                  icon: <Plus />,
                  onSelect: () => dialogs.newConnection(connection.app, (made) => setChosen(made.id)),
                },
              }
            : {})}
        />
      </Field>
      {target && isBroken(target) && (
        <Note tone="warn">{target.name} does not work at the moment. The flows will stop until it is reconnected.</Note>
      )}
      {chosen && preview.isPending && <UsageSkeleton />}
      <FormError error={preview.error ?? replace.error} />
      {preview.data &&
        (count > 0 ? (
          <div className="flex flex-col gap-1.5">
            <p className="text-sm font-[550]">
              {plural(count, 'flow')} will change
            </p>
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
            <ul aria-label="Flows that will change" tabIndex={0} className="max-h-[240px] overflow-y-auto rounded-lg border">
              {flows.map((flow) => (
                <li key={flow.id} className="border-b px-3 py-2 last:border-b-0">
                  <span className="font-[550]">{flow.name}</span>
                  <span className="block text-xs text-fg3">
                    {flow.versions} · {flow.steps.join(', ')}
                  </span>
                </li>
              ))}
            </ul>
          </div>
        ) : (
          <Note>No flow uses {connection.name}; there is nothing to replace.</Note>
        ))}
      <div className="flex justify-end gap-2">
        <DialogClose />
        <Button
          variant="primary"
          disabled={count === 0}
          busy={replace.isPending}
          onClick={() => replace.mutate()}
        >
          {count > 0
            ? `Replace in ${plural(count, 'flow')}`
            : 'Replace'}
        </Button>
      </div>
    </Dialog>
  );
}
