import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ExternalLink, Users, UserRound } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api, toApiError, type ApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { App, AuthMethod, Connection, ConnectOptions, ConnectSessionCreated } from '@/api/types';
import { appQuery } from '@/features/apps/queries';
import { useConnectionsChanged } from '@/features/connections/queries';
import { Button } from '@/ui/button';
import { Disclosure } from '@/ui/disclosure';
import { Field, Input } from '@/ui/field';
import { ErrorState, Note, RequestId } from '@/ui/states';
import { Segmented } from '@/ui/tabs';
import { Tags } from '@/ui/tag';
import { CredentialFields, useFocusError } from './CredentialFields';
import { DuplicateAccount } from './DuplicateAccount';
import {
  checkForm,
  firstMethod,
  formFields,
  groupValues,
  isBrowserMethod,
  methodLabel,
  refusalOf,
  type Refusal,
  type Values,
} from './form';
import { AskAdmin, OAuthClientForm } from './OAuthClientForm';
import { PanePending } from './PanePending';
import { isUnderWay } from './phase';
import { ProviderSays } from './ProviderSays';
import { SignInStatus } from './SignInStatus';
import { useBrowserSignIn } from './useBrowserSignIn';

export interface ConnectPaneProps {
  app: string;
  returnTo: string;
  /** The connection to use: the new one, or one that was there already. */
  onFinished: (connection: Connection) => void;
  onCancel: () => void;
}

/** Right pane of "New connection": how to sign in, what is asked, the name. */
export function ConnectPane(props: ConnectPaneProps) {
  const project = useProject();
  const app = useQuery(appQuery(props.app));
  const options = useQuery({
    queryKey: [...project.key, 'connect-options', props.app],
    queryFn: ({ signal }) =>
      api.get<ConnectOptions>(project.path(`/apps/${encodeURIComponent(props.app)}/connect-options`), { signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const error = app.error ?? options.error;
  if (error) {
    return (
      <ErrorState
        error={error}
        onRetry={() => {
          void app.refetch();
          void options.refetch();
        }}
        className="py-8"
      />
    );
  }
  if (!app.data || !options.data) return <PanePending />;
  if (!options.data.canCreate) {
    return <Note>Your role in this project may look at connections but not create them. Ask {options.data.admins.join(' or ') || 'an admin'}.</Note>;
  }
  return <Form {...props} manifest={app.data} options={options.data} />;
}

function Form({
  manifest,
  options,
  returnTo,
  onFinished,
  onCancel,
}: ConnectPaneProps & { manifest: App; options: ConnectOptions }) {
  const project = useProject();
  const client = useQueryClient();
  const changed = useConnectionsChanged();
  const root = useRef<HTMLFormElement>(null);
  const [methodId, setMethodId] = useState(() => firstMethod(manifest, options)?.id ?? '');
  const method = manifest.authMethods.find((each) => each.id === methodId) ?? manifest.authMethods[0];
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(manifest.settings.map((setting) => [setting.name, setting.default ?? ''])),
  );
  const [name, setName] = useState(options.suggestedName);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [made, setMade] = useState<Connection | null>(null);

  const fields = method ? formFields(manifest, method) : [];
  const browser = method ? isBrowserMethod(method) : false;
  const ready = options.methods.find((each) => each.id === method?.id)?.ready ?? true;

  const twin = (connection: Connection): ConnectOptions['existing'][number] | undefined =>
    connection.account.id === null
      ? undefined
      : options.existing.find((each) => each.id !== connection.id && each.account.id === connection.account.id);

  const finish = (connection: Connection): void => {
    changed(connection);
    if (twin(connection)) setMade(connection);
    else onFinished(connection);
  };

  const refuse = (error: ApiError): void => {
    const words = refusalOf(error, manifest, fields);
    setErrors(words.fields);
    setRefusal(words);
    focusError();
  };

  const valid = (): boolean => {
    const found = checkForm(fields, values);
    if (!name.trim()) found['name'] = 'Enter a name.';
    setErrors(found);
    setRefusal(null);
    if (Object.keys(found).length > 0) {
      focusError();
      return false;
    }
    return true;
  };

  const signIn = useBrowserSignIn({
    appName: manifest.name,
    returnTo,
    create: () =>
      api.post<ConnectSessionCreated>(project.path('/connect-sessions'), {
        app: manifest.slug,
        authMethod: method?.id,
        name: name.trim(),
        settings: groupValues(fields, values, 'settings'),
        returnTo,
      }),
    onRefused: (error) => {
      if (error.code === 'OAUTH_CLIENT_MISSING') {
        void client.invalidateQueries({ queryKey: [...project.key, 'connect-options', manifest.slug] });
        return true;
      }
      if (error.code === 'CONNECTION_NAME_TAKEN' || Object.keys(error.fields).length > 0) {
        refuse(error);
        return true;
      }
      return false;
    },
    onEnded: (phase) => {
      if (phase.kind === 'connected') finish(phase.connection);
    },
  });

  const save = useMutation({
    mutationFn: (verify: boolean) =>
      api.post<Connection>(project.path('/connections'), {
        name: name.trim(),
        app: manifest.slug,
        type: method?.type,
        authMethod: method?.id,
        value: groupValues(fields, values, 'value'),
        settings: groupValues(fields, values, 'settings'),
        ...(verify ? {} : { verify: false }),
      }),
    meta: { shown: true },
    onSuccess: finish,
    onError: (cause) => refuse(toApiError(cause)),
  });

  const busy = isUnderWay(signIn.phase);
  const pending = busy || save.isPending;
  const focusError = useFocusError(root, pending);

  // The first thing to fill in has the focus: a field, else the name, else the one button.
  useEffect(() => {
    const first = root.current?.querySelector<HTMLElement>('input[data-field], textarea[data-field]') ?? root.current?.querySelector<HTMLElement>('[data-start]');
    first?.focus({ preventScroll: true });
  }, [methodId]);

  if (!method) return <Note>{manifest.name} has no way to sign in yet.</Note>;

  const existing = made ? twin(made) : undefined;
  if (made && existing) {
    return <DuplicateAccount made={made} existing={existing} onFinished={onFinished} />;
  }

  const methods = manifest.authMethods;
  return (
    <div className="flex flex-col gap-4">
      {methods.length > 1 && (
        <fieldset disabled={busy} className="contents">
          <legend className="sr-only">How to connect</legend>
          <Segmented
            label="How to connect"
            value={method.id}
            onValueChange={(next) => {
              signIn.reset();
              setErrors({});
              setRefusal(null);
              setMethodId(next);
            }}
            items={methods.map((each) => ({ value: each.id, label: methodLabel(each, manifest.name) }))}
          />
        </fieldset>
      )}
      {browser && !ready ? (
        options.canConfigure ? (
          <>
            <Note>
              {manifest.name} needs an OAuth client of your own before anybody can sign in. It is set up once for the
              whole project.
            </Note>
            <OAuthClientForm
              app={manifest.slug}
              appName={manifest.name}
              redirectUri={options.redirectUri}
              setupUrl={method.setupUrl}
              setupHelp={method.setupHelp}
              asks={method.scopes}
              ownEndpoints={manifest.slug === 'http'}
              onSaved={() =>
                void client.invalidateQueries({ queryKey: [...project.key, 'connect-options', manifest.slug] })
              }
            />
          </>
        ) : (
          <Note>
            <AskAdmin appName={manifest.name} admins={options.admins} />
          </Note>
        )
      ) : (
        <form
          ref={root}
          noValidate
          autoComplete="off"
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (pending || !valid()) return;
            if (browser) signIn.start();
            else save.mutate(true);
          }}
        >
          <fieldset disabled={pending} className="flex min-w-0 flex-col gap-4">
            <CredentialFields
              fields={fields}
              values={values}
              errors={errors}
              onChange={(field, value) => {
                setValues((before) => ({ ...before, [field]: value }));
                setErrors(({ [field]: _gone, ...rest }) => rest);
              }}
            />
            <Field label="Name" error={errors['name']} help="What you will look for when you build a flow.">
              <Input
                value={name}
                maxLength={100}
                autoComplete="off"
                onChange={(event) => {
                  setName(event.target.value);
                  setErrors(({ name: _gone, ...rest }) => rest);
                }}
              />
            </Field>
          </fieldset>
          {browser && <Scopes method={method} options={options} appName={manifest.name} />}
          <WhoCanUse options={options} browser={browser} />
          {refusal && !refusal.message && <ProviderSays appName={manifest.name} text={refusal.providerMessage} />}
          {refusal?.message && (
            <Note tone="bad">
              {refusal.message}
              <RequestId id={refusal.requestId} />
              <ProviderSays appName={manifest.name} text={refusal.providerMessage} />
              {refusal.canSaveAnyway && (
                <Button
                  size="sm"
                  className="mt-2 flex"
                  busy={save.isPending}
                  onClick={() => {
                    if (valid()) save.mutate(false);
                  }}
                >
                  Save anyway
                </Button>
              )}
            </Note>
          )}
          {browser ? (
            <>
              <Button
                type="submit"
                variant="primary"
                size="lg"
                className="w-full"
                data-start
                busy={busy}
              >
                Continue with {manifest.name}
                {!busy && <ExternalLink aria-hidden />}
              </Button>
              <SignInStatus signIn={signIn} appName={manifest.name} />
            </>
          ) : (
            <div className="flex items-center justify-end gap-2">
              <span role="status" className="mr-auto text-sm text-fg2">
                {save.isPending && `Checking with ${manifest.name}…`}
              </span>
              <Button onClick={onCancel}>Cancel</Button>
              <Button type="submit" variant="primary" data-start busy={save.isPending}>
                Save
              </Button>
            </div>
          )}
        </form>
      )}
    </div>
  );
}

function Scopes({ method, options, appName }: { method: AuthMethod; options: ConnectOptions; appName: string }) {
  const asked = options.methods.find((each) => each.id === method.id)?.scopes ?? [];
  const scopes = asked.length > 0 ? asked : method.scopes;
  if (scopes.length === 0) return null;
  return (
    <Disclosure summary={`Asks ${appName} for ${scopes.length === 1 ? '1 permission' : `${scopes.length} permissions`}`}>
      <Tags items={scopes} label="Permissions" />
    </Disclosure>
  );
}

function WhoCanUse({ options, browser }: { options: ConnectOptions; browser: boolean }) {
  const project = useProject();
  const credential = browser ? 'sign-in' : 'credentials';
  return options.visibility === 'private' ? (
    <Note icon={<UserRound />}>
      Only <b className="font-semibold text-fg">you</b> can use it in flows. They run with{' '}
      <b className="font-semibold text-fg">your</b> {credential}.
    </Note>
  ) : (
    <Note icon={<Users />}>
      Everyone in <b className="font-semibold text-fg">{project.name}</b> can use it in flows. Flows run with{' '}
      <b className="font-semibold text-fg">your</b> {credential}, whoever edits them.
    </Note>
  );
}
