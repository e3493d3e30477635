import { CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/ui/button';
import { Note } from '@/ui/states';
import { Spinner } from '@/ui/spinner';
import { ProviderSays } from './ProviderSays';
import type { BrowserSignIn } from './useBrowserSignIn';

function Line({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm text-fg2">
      <span className="flex items-center gap-2.5">{children}</span>
      {actions && <span className="flex flex-wrap items-center gap-3">{actions}</span>}
    </div>
  );
}

/** How the sign-in stands, in words, with what can be done about it. Announced as it changes. */
export function SignInStatus({ signIn, appName }: { signIn: BrowserSignIn; appName: string }) {
  return (
    <div role="status" aria-live="polite" className="empty:-mt-4">
      <Inner signIn={signIn} appName={appName} />
    </div>
  );
}

function Inner({ signIn, appName }: { signIn: BrowserSignIn; appName: string }) {
  const { phase, windowGone } = signIn;
  const cancel = (
    <Button variant="link" size="sm" onClick={signIn.cancel}>
      Cancel
    </Button>
  );
  const inThisTab = (
    <Button variant="link" size="sm" onClick={signIn.openInThisTab}>
      Open in this tab
    </Button>
  );
  switch (phase.kind) {
    case 'idle':
      return null;
    case 'opening':
      return (
        <Line actions={cancel}>
          <Spinner className="text-accent" /> Opening the {appName} window…
        </Line>
      );
    case 'waiting':
      return (
        <Line
          actions={
            <>
              <Button variant="link" size="sm" onClick={signIn.bringToFront}>
                Bring to front
              </Button>
              {inThisTab}
              {cancel}
            </>
          }
        >
          <Spinner className="text-accent" />
          {windowGone
            ? `The ${appName} window is closed or out of sight. Still waiting…`
            : `Waiting for you in the ${appName} window…`}
        </Line>
      );
    case 'blocked':
      return (
        <Note tone="warn">
          <p>The browser blocked the {appName} window.</p>
          <span className="mt-1 flex flex-wrap gap-3">
            <Button variant="link" size="sm" onClick={signIn.bringToFront}>
              Open the window
            </Button>
            {inThisTab}
            {cancel}
          </span>
        </Note>
      );
    case 'checking':
      return (
        <Line actions={cancel}>
          <Spinner className="text-accent" /> Checking the account with {appName}…
        </Line>
      );
    case 'connected':
      return (
        <Line>
          <CircleCheck aria-hidden className="size-4 text-ok" />
          {phase.connection.account.label ? `Connected as ${phase.connection.account.label}` : 'Connected'}
        </Line>
      );
    case 'declined':
      return (
        <Note tone="warn">
          {`Declined: access was not allowed at ${appName}. Nothing was saved; you can try again.`}
        </Note>
      );
    case 'timed_out':
      return <Note tone="warn">Timed out: nobody finished signing in within 10 minutes. You can try again.</Note>;
    case 'different_account':
      // Asked by the dialog around, which knows the choices.
      return null;
    case 'failed':
      return (
        <Note tone="bad">
          {phase.message}
          <ProviderSays appName={appName} text={phase.providerError} />
          {phase.requestId && (
            <span className="block text-xs text-fg2">
              Request <code className="font-mono">{phase.requestId}</code>
            </span>
          )}
        </Note>
      );
    case 'cancelled':
      return <Line>Cancelled. Nothing was saved.</Line>;
  }
}
