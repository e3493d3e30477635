import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { OAuthClient } from '@/api/types';
import { Button } from '@/ui/button';
import { CopyButton, CopyField } from '@/ui/copy';
import { Disclosure } from '@/ui/disclosure';
import { Field, Input, SecretInput } from '@/ui/field';
import { OutLink } from '@/ui/link';
import { FormError } from '@/ui/states';
import { Tags } from '@/ui/tag';
import { useFocusError } from './CredentialFields';

export interface OAuthClientFormProps {
  app: string;
  appName: string;
  redirectUri: string;
  setupUrl: string | null | undefined;
  /** What to do there. */
  setupHelp?: string | null | undefined;
  /** What sign-ins ask for: some providers want each scope ticked in their console first. */
  asks?: readonly string[] | undefined;
  /** The client as it is, when one exists: its secret may stay. */
  current?: OAuthClient | undefined;
  /** The app has no endpoints of its own (any HTTP API): they are asked for. */
  ownEndpoints?: boolean;
  onSaved: (client: OAuthClient) => void;
  onCancel?: (() => void) | undefined;
}

/** Registers the OAuth client of an app: what to copy there, what to paste here. For admins. */
export function OAuthClientForm({ app, appName, redirectUri, setupUrl, setupHelp, asks = [], current, ownEndpoints, onSaved, onCancel }: OAuthClientFormProps) {
  const project = useProject();
  const [clientId, setClientId] = useState(current?.clientId ?? '');
  const [clientSecret, setClientSecret] = useState('');
  const [scopes, setScopes] = useState(current?.scopes?.join(' ') ?? '');
  const [authorizeUrl, setAuthorizeUrl] = useState(current?.endpoints?.['authorizeUrl'] ?? '');
  const [tokenUrl, setTokenUrl] = useState(current?.endpoints?.['tokenUrl'] ?? '');
  const [withScopes, setWithScopes] = useState(Boolean(current?.scopes?.length) || Boolean(ownEndpoints));
  const save = useMutation({
    mutationFn: () =>
      api.put<OAuthClient>(project.path(`/oauth-clients/${encodeURIComponent(app)}`), {
        clientId: clientId.trim(),
        ...(clientSecret.trim() ? { clientSecret: clientSecret.trim() } : {}),
        ...(scopes.trim() ? { scopes: scopes.trim().split(/[\s,]+/) } : {}),
        ...(ownEndpoints ? { endpoints: { authorizeUrl: authorizeUrl.trim(), tokenUrl: tokenUrl.trim() } } : {}),
      }),
    meta: { shown: true },
    onSuccess: onSaved,
  });
  const [tried, setTried] = useState(false);
  const root = useRef<HTMLFormElement>(null);
  const focusError = useFocusError(root, save.isPending);
  const error = save.error ? toApiError(save.error) : null;
  const missing: Record<string, string | undefined> = {
    clientId: clientId.trim() ? undefined : 'Enter the client id.',
    'endpoints.authorizeUrl': !ownEndpoints || authorizeUrl.trim() ? undefined : 'Enter the authorization URL.',
    'endpoints.tokenUrl': !ownEndpoints || tokenUrl.trim() ? undefined : 'Enter the token URL.',
  };
  const errorOf = (field: string): string | undefined => (tried ? missing[field] : undefined) ?? error?.fields[field];
  return (
    <form
      ref={root}
      noValidate
      className="flex flex-col gap-4"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (save.isPending) return;
        setTried(true);
        if (Object.values(missing).some(Boolean)) focusError();
        else save.mutate();
      }}
    >
      <div className="flex flex-col gap-1.5">
        <div className="flex items-baseline justify-between gap-3">
          <span className="text-sm font-[550]">Redirect URI</span>
          {setupUrl && (
            <OutLink href={setupUrl} className="text-xs">
              Open the console of {appName}
            </OutLink>
          )}
        </div>
        <CopyField value={redirectUri} label="redirect URI" />
        {setupHelp && <p className="text-xs text-fg2">{setupHelp}</p>}
        <p className="text-xs text-fg3">Register exactly this address at {appName}, then copy the client’s id and secret from there.</p>
        {asks.length > 0 && (
          <Disclosure summary={asks.length === 1 ? 'The scope it asks for' : `The ${asks.length} scopes it asks for`}>
            <div className="flex flex-col items-start gap-2">
              <Tags items={asks} label={`Scopes to allow at ${appName}`} />
              <CopyButton text={asks.join(' ')} label="Copy all scopes">
                Copy all
              </CopyButton>
            </div>
          </Disclosure>
        )}
      </div>
      <Field label="Client id" error={errorOf('clientId')}>
        <Input value={clientId} autoComplete="off" spellCheck={false} onChange={(event) => setClientId(event.target.value)} />
      </Field>
      <Field
        label="Client secret"
        error={errorOf('clientSecret')}
        help={current?.hasSecret ? 'A secret is stored. Leave this empty to keep it.' : 'Stored encrypted and never shown again.'}
      >
        <SecretInput
          value={clientSecret}
          placeholder={current?.hasSecret ? '••••••••••••' : undefined}
          onChange={(event) => setClientSecret(event.target.value)}
        />
      </Field>
      {ownEndpoints && (
        <>
          <Field label="Authorization URL" error={errorOf('endpoints.authorizeUrl')}>
            <Input type="url" value={authorizeUrl} placeholder="https://example.com/oauth/authorize" onChange={(event) => setAuthorizeUrl(event.target.value)} />
          </Field>
          <Field label="Token URL" error={errorOf('endpoints.tokenUrl')}>
            <Input type="url" value={tokenUrl} placeholder="https://example.com/oauth/token" onChange={(event) => setTokenUrl(event.target.value)} />
          </Field>
        </>
      )}
      {withScopes ? (
        <Field label="Scopes" optional error={errorOf('scopes')} help={ownEndpoints ? undefined : `Empty: the ones Patchbay needs for ${appName}.`}>
          <Input value={scopes} autoComplete="off" spellCheck={false} onChange={(event) => setScopes(event.target.value)} />
        </Field>
      ) : (
        <Button variant="link" size="sm" className="self-start" onClick={() => setWithScopes(true)}>
          Ask for other scopes
        </Button>
      )}
      <FormError error={error && Object.keys(error.fields).length === 0 ? error : null} />
      <div className="flex justify-end gap-2">
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" variant="primary" busy={save.isPending}>
          {current ? 'Save' : 'Save and continue'}
        </Button>
      </div>
    </form>
  );
}

/** For those who may not set up an OAuth client: whom to ask. */
export function AskAdmin({ appName, admins }: { appName: string; admins: readonly string[] }) {
  const who =
    admins.length === 0
      ? 'an admin of this project'
      : admins.length === 1
        ? admins[0]
        : `${admins.slice(0, -1).join(', ')} or ${admins.at(-1)}`;
  return (
    <p>
      {appName} has no OAuth client here yet. Ask {who} to set it up under Settings → OAuth clients; then you can sign in.
    </p>
  );
}
