import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, ExternalLink } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api, toApiError, type ApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { App, AuthMethod, Connection, ConnectOptions, ConnectSessionCreated } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { appQuery } from '@/features/apps/queries';
import { FlowList, UsageSkeleton, useUsage } from '@/features/connections/FlowUsage';
import { useConnectionsChanged } from '@/features/connections/queries';
import { healthSentence } from '@/features/connections/reasons';
import { plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState, Note, RequestId, Skeleton } from '@/ui/states';
import { toast } from '@/ui/toast';
import { CredentialFields, useFocusError } from './CredentialFields';
import { checkForm, formFields, groupValues, isBrowserMethod, refusalOf, startValues, type Refusal, type Values } from './form';
import { AskAdmin, OAuthClientForm } from './OAuthClientForm';
import { isUnderWay } from './phase';
import { ProviderSays } from './ProviderSays';
import { SignInStatus } from './SignInStatus';
import { useBrowserSignIn } from './useBrowserSignIn';

export interface ReconnectDialogProps {
  connection: Connection;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Called once when the connection works again. */
  onReconnected?: ((connection: Connection) => void) | undefined;
  /** See {@link NewConnectionDialogProps.returnTo}. */
  returnTo?: string | undefined;
}

/** Gives a connection a new credential: the same connection, the same flows. Says what it repairs. */
export function ReconnectDialog({ connection, open, onOpenChange, onReconnected, returnTo }: ReconnectDialogProps) {
  const app = useQuery({ ...appQuery(connection.app), enabled: open });
  const method =
    app.data?.authMethods.find((each) => each.id === connection.authMethod) ??
    app.data?.authMethods.find((each) => each.type === connection.type);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Reconnect ${connection.name}`}
      keepOpen
      heading={
        <>
          <AppIcon app={connection.app} size="sm" />
          <span className="min-w-0 truncate text-lg font-[620] tracking-[-0.01em]">Reconnect {connection.name}</span>
        </>
      }
    >
      {app.error ? (
        <ErrorState error={app.error} onRetry={() => void app.refetch()} className="py-8" />
      ) : app.data && method ? (
        <Body
          key={connection.id}
          connection={connection}
          app={app.data}
          method={method}
          returnTo={returnTo ?? window.location.pathname + window.location.search}
          onCancel={() => onOpenChange(false)}
          onDone={(renewed, held) => {
            onOpenChange(false);
            toast(
              renewed.id === connection.id
                ? {
                    title: `${renewed.name} works again`,
                    text: [
                      renewed.flowCount > 0 &&
                        `${plural(renewed.flowCount, 'flow')} ${renewed.flowCount === 1 ? 'uses' : 'use'} it now`,
                      held > 0 && `resuming ${plural(held, 'held run')}`,
                    ]
                      .filter(Boolean)
                      .join('; '),
                  }
                : { title: `${renewed.name} is connected`, text: `${connection.name} is as it was.` },
            );
            window.setTimeout(() => onReconnected?.(renewed), 30);
          }}
        />
      ) : app.data ? (
        <Note tone="bad">
          {app.data.name} no longer offers the way this connection was made. Create a new connection and replace this one in
          its flows.
        </Note>
      ) : (
        <Skeleton className="h-24" />
      )}
    </Dialog>
  );
}

interface BodyProps {
  connection: Connection;
  app: App;
  method: AuthMethod;
  returnTo: string;
  onCancel: () => void;
  onDone: (connection: Connection, held: number) => void;
}

function Body({ connection, app, method, returnTo, onCancel, onDone }: BodyProps) {
  const project = useProject();
  const client = useQueryClient();
  const changed = useConnectionsChanged();
  const usage = useUsage(connection, true);
  const root = useRef<HTMLFormElement>(null);
  const browser = isBrowserMethod(method);
  const fields = formFields(app, method).filter((field) => field.group === 'value');
  const [values, setValues] = useState<Values>(() => startValues(app, fields, connection.settings));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [other, setOther] = useState<OtherAccount | null>(null);
  const [clientMissing, setClientMissing] = useState<ApiError | null>(null);
  const path = project.path(`/connections/${connection.id}/reconnect`);
  const held = usage.data?.heldRuns ?? connection.heldRunCount;

  const finish = (renewed: Connection): void => {
    changed(renewed);
    void client.invalidateQueries({ queryKey: [...project.key, 'flows'] });
    void client.invalidateQueries({ queryKey: [...project.key, 'runs'] });
    onDone(renewed, held);
  };

  const signIn = useBrowserSignIn({
    appName: app.name,
    returnTo,
    create: () => api.post<ConnectSessionCreated>(path, { returnTo }),
    onRefused: (error) => {
      if (error.code !== 'OAUTH_CLIENT_MISSING') return false;
      setClientMissing(error);
      return true;
    },
    onEnded: (phase) => {
      if (phase.kind === 'connected') finish(phase.connection);
    },
  });

  const value = groupValues(fields, values, 'value');
  const save = useMutation({
    mutationFn: (how: { verify?: boolean; replaceAccount?: boolean }) => api.post<Connection>(path, { value, ...how }),
    meta: { shown: true },
    onSuccess: finish,
    onError: (cause) => {
      const other = otherAccount(toApiError(cause));
      if (other) {
        setRefusal(null);
        setOther(other);
        return;
      }
      const words = refusalOf(toApiError(cause), app, fields);
      setErrors(words.fields);
      setRefusal(words);
      focusError();
    },
  });

  const focusError = useFocusError(root, save.isPending);

  // The first thing to do has the focus: a field, else the one button.
  useEffect(() => {
    const first = root.current?.querySelector<HTMLElement>('input[data-field]') ?? root.current?.querySelector<HTMLElement>('[data-start]');
    first?.focus({ preventScroll: true });
  }, []);

  const separate = useMutation({
    mutationFn: async () => {
      const options = await api.get<ConnectOptions>(project.path(`/apps/${encodeURIComponent(app.slug)}/connect-options`));
      return api.post<Connection>(project.path('/connections'), {
        name: options.suggestedName,
        app: app.slug,
        type: method.type,
        authMethod: method.id,
        value,
        settings: Object.fromEntries(app.settings.flatMap(({ name }) => (name in connection.settings ? [[name, connection.settings[name]]] : []))),
      });
    },
    onSuccess: finish,
  });

  if (other) {
    return (
      <DifferentAccount
        now={other.now ?? 'another account'}
        before={other.before ?? connection.account.label ?? 'the account it had'}
        flows={usage.data?.flows.length ?? connection.flowCount}
        busy={save.isPending || separate.isPending}
        onReplace={() => save.mutate({ replaceAccount: true })}
        onSeparate={() => separate.mutate()}
        onAgain={() => {
          setOther(null);
          setValues(startValues(app, fields, connection.settings));
        }}
        onCancel={onCancel}
      />
    );
  }

  if (signIn.phase.kind === 'different_account') {
    return (
      <DifferentAccount
        now={signIn.phase.account?.label ?? 'another account'}
        before={signIn.phase.previous?.label ?? connection.account.label ?? 'the account it had'}
        flows={usage.data?.flows.length ?? connection.flowCount}
        busy={signIn.resolving}
        onReplace={() => void signIn.resolve('replace')}
        onSeparate={() => void signIn.resolve('separate')}
        onAgain={() => {
          // The new window must open inside this click, before the server has answered the first choice.
          signIn.start();
        }}
        onCancel={onCancel}
      />
    );
  }

  if (clientMissing) {
    return (
      <MissingClient app={app} method={method} onSaved={() => setClientMissing(null)} />
    );
  }

  const busy = isUnderWay(signIn.phase);
  return (
    <form
      ref={root}
      noValidate
      autoComplete="off"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (busy || save.isPending) return;
        setRefusal(null);
        if (browser) {
          signIn.start();
          return;
        }
        const found = checkForm(fields, values);
        setErrors(found);
        if (Object.keys(found).length > 0) focusError();
        else save.mutate({});
      }}
    >
      {connection.status !== 'ACTIVE' && <Note tone="warn">{healthSentence(connection)}</Note>}
      {usage.isPending ? (
        <UsageSkeleton />
      ) : usage.data && usage.data.flows.length > 0 ? (
        <div className="flex flex-col gap-2">
          <p>
            Reconnecting repairs <b className="font-[620]">{plural(usage.data.flows.length, 'flow')}</b>
            {held > 0 && (
              <>
                {' '}
                and resumes <b className="font-[620]">{plural(held, 'held run')}</b>
              </>
            )}
            . Nothing in the flows has to be changed.
          </p>
          <FlowList flows={usage.data.flows} label="Flows it repairs" onFollow={onCancel} />
        </div>
      ) : (
        <p className="text-fg2">No flow uses it yet. Its name and settings stay as they are.</p>
      )}
      {connection.account.label && (
        <p className="flex items-center gap-2 text-sm text-fg2">
          <CircleCheck aria-hidden className="size-4 text-fg3" />
          {browser ? 'Sign in as' : 'Belongs to'} <b className="font-semibold text-fg">{connection.account.label}</b>
        </p>
      )}
      {!browser && (
        <fieldset disabled={save.isPending} className="flex min-w-0 flex-col gap-4">
          <CredentialFields
            fields={fields}
            values={values}
            errors={errors}
            onChange={(field, value) => {
              setValues((before) => ({ ...before, [field]: value }));
              setErrors(({ [field]: _gone, ...rest }) => rest);
            }}
          />
        </fieldset>
      )}
      {refusal && !refusal.message && <ProviderSays appName={app.name} text={refusal.providerMessage} />}
      {refusal?.message && (
        <Note tone="bad">
          {refusal.message}
          <RequestId id={refusal.requestId} />
          <ProviderSays appName={app.name} text={refusal.providerMessage} />
          {refusal.canSaveAnyway && (
            <Button size="sm" className="mt-2 flex" busy={save.isPending} onClick={() => save.mutate({ verify: false })}>
              Save anyway
            </Button>
          )}
        </Note>
      )}
      {browser ? (
        <>
          <Button type="submit" variant="primary" size="lg" className="w-full" data-start busy={busy}>
            Continue with {app.name}
            {!busy && <ExternalLink aria-hidden />}
          </Button>
          <SignInStatus signIn={signIn} appName={app.name} />
        </>
      ) : (
        <div className="flex items-center justify-end gap-2">
          <span role="status" className="mr-auto text-sm text-fg2">
            {save.isPending && `Checking with ${app.name}…`}
          </span>
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
      )}
    </form>
  );
}

interface OtherAccount {
  now: string | null;
  before: string | null;
}

function label(account: unknown): string | null {
  if (typeof account !== 'object' || account === null) return null;
  const { label: name, id } = account as { label?: unknown; id?: unknown };
  return typeof name === 'string' ? name : typeof id === 'string' ? id : null;
}

/** The two accounts of a refusal because the credential belongs to another one; null for other refusals. */
function otherAccount(error: ApiError): OtherAccount | null {
  if (error.status !== 409 || !('previousAccount' in error.details)) return null;
  return { now: label(error.details['account']), before: label(error.details['previousAccount']) };
}

function DifferentAccount(props: {
  now: string;
  before: string;
  flows: number;
  busy: boolean;
  onReplace: () => void;
  onSeparate: () => void;
  onAgain: () => void;
  onCancel: () => void;
}) {
  const { now, before, flows, busy } = props;
  return (
    <div className="flex flex-col gap-4">
      <Note tone="warn">
        <p role="status">
          This is <b className="font-[620]">{now}</b>, but the connection belongs to{' '}
          <b className="font-[620]">{before}</b>. Nothing has been changed.
        </p>
      </Note>
      <div className="flex flex-col gap-2">
        <Button variant="primary" size="lg" autoFocus disabled={busy} onClick={props.onAgain}>
          Try again as {before}
        </Button>
        <Button size="lg" disabled={busy} onClick={props.onSeparate}>
          Make a separate connection
        </Button>
        <Button size="lg" disabled={busy} onClick={props.onReplace}>
          {flows > 1 ? `Switch all ${flows} flows to ${now}` : flows === 1 ? `Switch the flow to ${now}` : `Change it to ${now}`}
        </Button>
        <Button variant="ghost" disabled={busy} onClick={props.onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

function MissingClient({ app, method, onSaved }: { app: App; method: AuthMethod; onSaved: () => void }) {
  const project = useProject();
  const options = useQuery({
    queryKey: [...project.key, 'connect-options', app.slug],
    queryFn: ({ signal }) =>
      api.get<ConnectOptions>(project.path(`/apps/${encodeURIComponent(app.slug)}/connect-options`), { signal }),
  }).data;
  if (!options) return <Skeleton className="h-24" />;
  return options.canConfigure ? (
    <>
      <Note tone="warn">The OAuth client of {app.name} is gone. It has to be set up again before anybody can sign in.</Note>
      <OAuthClientForm
        app={app.slug}
        appName={app.name}
        redirectUri={options.redirectUri}
        setupUrl={method.setupUrl}
        setupHelp={method.setupHelp}
        asks={method.scopes}
        ownEndpoints={app.slug === 'http'}
        onSaved={onSaved}
      />
    </>
  ) : (
    <Note tone="warn">
      <AskAdmin appName={app.name} admins={options.admins} />
    </Note>
  );
}
