import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, toApiError } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { ApiKey, ApiKeyCreated, KeyScope } from '@/api/types';
import { useNarrow } from '@/lib/hooks';
import { sentence } from '@/lib/text';
import { Button } from '@/ui/button';
import { CopyField } from '@/ui/copy';
import { Confirm, Dialog, DialogClose } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { PageHead } from '@/ui/page';
import { Select } from '@/ui/select';
import { Empty, ErrorState, FormError, Note, Skeleton } from '@/ui/states';
import { Table, Td, Th, Tr } from '@/ui/table';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import { NotAllowed } from './NotAllowed';
import { keysQuery } from './queries';
import { SCOPES } from './roles';

/** `/p/{project}/settings/keys` */
export function KeysPage() {
  const project = useProject();
  const can = useCan();
  const allowed = can('key.manage');
  const keys = useQuery({ ...keysQuery(project), enabled: allowed });
  const narrow = useNarrow();
  const [creating, setCreating] = useState(false);
  if (!allowed) return <NotAllowed title="API keys" />;
  const create = (
    <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => setCreating(true)}>
      Create key
    </Button>
  );
  return (
    <>
      <PageHead title="API keys" lead="For programs that call Patchbay. A key acts for you in this project and ends when you leave it." actions={create} />
      {keys.error ? (
        <ErrorState error={keys.error} title="The keys did not load" onRetry={() => void keys.refetch()} />
      ) : !keys.data ? (
        <Skeleton className="h-40 rounded-lg" />
      ) : keys.data.length === 0 ? (
        <div className="rounded-lg border bg-surface">
          <Empty icon={<KeyRound />} title="No API keys yet" action={<Button onClick={() => setCreating(true)}>Create the first key</Button>}>
            Create one for a program of yours; it is shown once.
          </Empty>
        </div>
      ) : narrow ? (
        <ul aria-label="API keys" className="divide-y rounded-lg border bg-surface shadow-low">
          {keys.data.map((key) => (
            <li key={key.id} className="flex items-start gap-3 p-3.5">
              <div className="min-w-0 flex-1">
                <KeyName apiKey={key} />
                <p className="mt-1 text-xs text-fg2">
                  {sentence(key.scope)} · used {key.lastUsedAt ? <TimeAgo at={key.lastUsedAt} /> : 'never'} · created <TimeAgo at={key.created} />
                  {key.createdBy && ` by ${key.createdBy.name}`}
                </p>
              </div>
              <RevokeKey apiKey={key} />
            </li>
          ))}
        </ul>
      ) : (
        <Table label="API keys">
          <thead>
            <tr>
              <Th>Name</Th>
              <Th>Scope</Th>
              <Th>Last used</Th>
              <Th>Created</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {keys.data.map((key) => (
              <KeyRow key={key.id} apiKey={key} />
            ))}
          </tbody>
        </Table>
      )}
      <dl className="grid gap-x-8 gap-y-2 text-sm text-fg2 md:grid-cols-3">
        {SCOPES.map((scope) => (
          <div key={scope.value}>
            <dt className="font-[550] text-fg">{scope.label}</dt>
            <dd>{scope.hint}</dd>
          </div>
        ))}
      </dl>
      {creating && <CreateDialog open onOpenChange={setCreating} />}
    </>
  );
}

function KeyName({ apiKey }: { apiKey: ApiKey }) {
  return (
    <>
      <span dir="auto" className="block truncate text-left font-[550]" title={apiKey.name}>
        {apiKey.name}
      </span>
      <span className="block font-mono text-xs text-fg3">pb_live_…{apiKey.hint}</span>
    </>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  return (
    <Tr>
      <Td className="max-w-[280px]">
        <KeyName apiKey={apiKey} />
      </Td>
      <Td>{sentence(apiKey.scope)}</Td>
      <Td className="whitespace-nowrap text-fg2">{apiKey.lastUsedAt ? <TimeAgo at={apiKey.lastUsedAt} /> : 'never'}</Td>
      <Td className="max-w-[200px] text-fg2">
        <TimeAgo at={apiKey.created} className="whitespace-nowrap" />
        {apiKey.createdBy && <span className="block truncate text-xs text-fg3">by {apiKey.createdBy.name}</span>}
      </Td>
      <Td className="text-right">
        <RevokeKey apiKey={apiKey} />
      </Td>
    </Tr>
  );
}

function RevokeKey({ apiKey }: { apiKey: ApiKey }) {
  const project = useProject();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => api.delete(project.path(`/keys/${apiKey.id}`)),
    meta: { shown: true },
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: [...project.key, 'keys'] });
      toast({ title: `${apiKey.name} is revoked` });
    },
  });
  return (
    <>
      <Button size="sm" variant="danger-ghost" aria-label={`Revoke ${apiKey.name}`} onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <Confirm
        open={asking}
        onOpenChange={(next) => {
          revoke.reset();
          setAsking(next);
        }}
        title={`Revoke ${apiKey.name}?`}
        confirm="Revoke"
        busy={revoke.isPending}
        onConfirm={() => revoke.mutate()}
      >
        <p>
          Programs that use it are refused at once
          {apiKey.lastUsedAt ? (
            <>
              ; it was last used <TimeAgo at={apiKey.lastUsedAt} />
            </>
          ) : (
            '; it was never used'
          )}
          . This cannot be undone.
        </p>
        <FormError error={revoke.error} />
      </Confirm>
    </>
  );
}

function CreateDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const project = useProject();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<KeyScope>('write');
  const create = useMutation({
    mutationFn: () => api.post<ApiKeyCreated>(project.path('/keys'), { name: name.trim(), scope }),
    // The key itself is not kept in the page's cache for longer than the dialog stands.
    gcTime: 0,
    meta: { shown: true },
    onSuccess: () => client.invalidateQueries({ queryKey: [...project.key, 'keys'] }),
  });
  const error = create.error ? toApiError(create.error) : null;
  if (create.data) {
    return (
      <Dialog open={open} onOpenChange={onOpenChange} keepOpen title="Copy your key">
        <Note tone="warn">This is the only time the key is shown. Keep it where programs keep their secrets.</Note>
        <CopyField value={create.data.key} label="API key" />
        <div className="flex flex-col gap-1.5">
          <p className="text-sm text-fg2">Try it: the project’s connections.</p>
          <CopyField value={`curl -H "Authorization: Bearer ${create.data.key}" ${window.location.origin}/api/v1/connections`} label="example call" />
        </div>
        <div className="flex justify-end">
          <Button variant="primary" onClick={() => onOpenChange(false)}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open={open} onOpenChange={onOpenChange} size="sm" title="Create API key">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !create.isPending) create.mutate();
        }}
      >
        <Field label="Name" error={error?.fields['name']} help="What the key is for.">
          <Input autoFocus maxLength={100} autoComplete="off" placeholder="CI deploys" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Scope" help={SCOPES.find((each) => each.value === scope)?.hint}>
          <Select value={scope} onValueChange={setScope} options={SCOPES} />
        </Field>
        <FormError error={error && !error.fields['name'] ? error : null} />
        <div className="flex justify-end gap-2">
          <DialogClose />
          <Button type="submit" variant="primary" busy={create.isPending} disabled={!name.trim()}>
            Create key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
