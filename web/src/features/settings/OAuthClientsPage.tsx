import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, PenLine, Plus, ShieldCheck, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { AuthMethodSummary, ConnectOptions, OAuthClient } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery, useAppIndex } from '@/features/apps/queries';
import { OAuthClientForm } from '@/features/connect/OAuthClientForm';
import { plural } from '@/lib/text';
import { Button, IconButton } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { CopyButton } from '@/ui/copy';
import { Confirm, Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Menu, MenuItem } from '@/ui/menu';
import { PageHead } from '@/ui/page';
import { Pill } from '@/ui/pill';
import { Empty, ErrorState, FormError, Skeleton } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import { NotAllowed } from './NotAllowed';
import { oauthClientsQuery } from './queries';

/** `/p/{project}/settings/oauth-clients` */
export function OAuthClientsPage() {
  const project = useProject();
  const can = useCan();
  const allowed = can('oauth_client.manage');
  const clients = useQuery({ ...oauthClientsQuery(project), enabled: allowed });
  const [adding, setAdding] = useState(false);
  if (!allowed) return <NotAllowed title="OAuth clients" />;
  return (
    <>
      <PageHead
        title="OAuth clients"
        lead="The client registered at each app that sign-ins of this project go through."
        actions={
          <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => setAdding(true)}>
            Add OAuth client
          </Button>
        }
      />
      {clients.error ? (
        <ErrorState error={clients.error} title="The OAuth clients did not load" onRetry={() => void clients.refetch()} />
      ) : !clients.data ? (
        <Skeleton className="h-40 rounded-lg" />
      ) : clients.data.length === 0 ? (
        <div className="rounded-lg border bg-surface">
          <Empty icon={<ShieldCheck />} title="No OAuth clients yet" action={<Button onClick={() => setAdding(true)}>Set up the first one</Button>}>
            Apps that sign in with OAuth need one each. You can also add it while connecting the first account.
          </Empty>
        </div>
      ) : (
        <ul aria-label="OAuth clients" className="rounded-lg border bg-surface shadow-low">
          {clients.data.map((client) => (
            <ClientRow key={client.app} client={client} />
          ))}
        </ul>
      )}
      {adding && <ClientDialog open onOpenChange={setAdding} />}
    </>
  );
}

function ClientRow({ client }: { client: OAuthClient }) {
  const project = useProject();
  const cache = useQueryClient();
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  const remove = useMutation({
    mutationFn: () => api.delete(project.path(`/oauth-clients/${encodeURIComponent(client.app)}`)),
    meta: { shown: true },
    onSuccess: async () => {
      setOpen(null);
      await cache.invalidateQueries({ queryKey: [...project.key, 'oauth-clients'] });
      toast({ title: `The OAuth client of ${client.appName} is removed` });
    },
  });
  return (
    <li className="flex items-center gap-3 border-b px-4 py-2.5 last:border-b-0">
      <AppIcon app={client.app} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-[550]">
          {client.appName}
          {client.tls12 && <Pill tone="warn">TLS 1.2 allowed</Pill>}
        </p>
        <p className="flex items-center gap-1 text-xs text-fg3">
          <code className="truncate font-mono">{client.clientId}</code>
          <CopyButton text={client.clientId} label={`Copy client id of ${client.appName}`} />
        </p>
      </div>
      <span className="text-right text-sm text-fg2 max-md:hidden">
        {plural(client.connectionCount, 'connection')}
        <span className="block text-xs text-fg3">
          changed <TimeAgo at={client.updated} />
        </span>
      </span>
      <Menu
        trigger={
          <IconButton label={`More actions for ${client.appName}`}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem icon={<PenLine />} onSelect={() => setOpen('edit')}>
          Edit
        </MenuItem>
        <MenuItem icon={<Trash2 />} danger onSelect={() => setOpen('delete')}>
          Remove
        </MenuItem>
      </Menu>
      {open === 'edit' && <ClientDialog open current={client} onOpenChange={() => setOpen(null)} />}
      <Confirm
        open={open === 'delete'}
        onOpenChange={(next) => {
          remove.reset();
          setOpen(next ? 'delete' : null);
        }}
        title={`Remove the OAuth client of ${client.appName}?`}
        confirm="Remove"
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>
          {client.connectionCount > 0
            ? `${plural(client.connectionCount, 'connection')} can no longer renew the sign-in and will expire. `
            : ''}
          Nobody can connect {client.appName} until it is set up again.
        </p>
        <FormError error={remove.error} />
      </Confirm>
    </li>
  );
}

/** A way of connecting that goes through an OAuth client. */
const isSignIn = (method: AuthMethodSummary): boolean => method.type === 'OAUTH2' || method.type === 'OAUTH1';

function ClientDialog({ open, current, onOpenChange }: { open: boolean; current?: OAuthClient; onOpenChange: (open: boolean) => void }) {
  const project = useProject();
  const cache = useQueryClient();
  const index = useAppIndex();
  const [app, setApp] = useState<string | null>(current?.app ?? null);
  const options = useQuery({
    queryKey: [...project.key, 'connect-options', app],
    queryFn: ({ signal }) =>
      api.get<ConnectOptions>(project.path(`/apps/${encodeURIComponent(app ?? '')}/connect-options`), { signal }),
    enabled: app !== null && !current,
  });
  // Where to register it and what to tick there: the manifest knows.
  const method = useQuery({ ...appQuery(app ?? ''), enabled: app !== null }).data?.authMethods.find(isSignIn);
  const redirectUri = current?.redirectUri ?? options.data?.redirectUri;
  const choices = [...index.values()].filter((each) => each.authMethods.some(isSignIn));
  return (
    <Dialog open={open} onOpenChange={onOpenChange} keepOpen title={current ? `OAuth client of ${current.appName}` : 'Add OAuth client'}>
      {!current && (
        <Field label="App">
          <Combobox
            value={app}
            onValueChange={setApp}
            placeholder="Choose an app"
            searchLabel="Search apps"
            options={choices.map((each) => ({ value: each.slug, label: each.name, icon: <AppIcon app={each.slug} size="xs" /> }))}
          />
        </Field>
      )}
      <FormError error={options.error} />
      {app && redirectUri && (
        <OAuthClientForm
          key={app}
          app={app}
          appName={current?.appName ?? index.get(app)?.name ?? app}
          redirectUri={redirectUri}
          setupUrl={current?.setupUrl ?? method?.setupUrl}
          setupHelp={current?.setupHelp ?? method?.setupHelp}
          asks={method?.scopes}
          current={current}
          ownEndpoints={app === 'http'}
          onCancel={() => onOpenChange(false)}
          onSaved={(saved) => {
            onOpenChange(false);
            void cache.invalidateQueries({ queryKey: [...project.key, 'oauth-clients'] });
            void cache.invalidateQueries({ queryKey: [...project.key, 'connect-options'] });
            toast({ title: `The OAuth client of ${saved.appName} is saved` });
          }}
        />
      )}
    </Dialog>
  );
}
