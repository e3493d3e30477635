import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed } from 'lucide-react';
import { useProject } from '@/api/session';
import type { App, AuthMethod, ConnectOptions } from '@/api/types';
import { AskAdmin } from '@/features/connect/OAuthClientForm';
import { isBrowserMethod, methodLabel } from '@/features/connect/form';
import { cn } from '@/lib/cn';
import { plural } from '@/lib/text';
import { CopyField } from '@/ui/copy';
import { Disclosure } from '@/ui/disclosure';
import { linkLooks, OutLink } from '@/ui/link';
import { Panel } from '@/ui/page';
import { Pill } from '@/ui/pill';
import { Tags } from '@/ui/tag';

/** How one signs in to an app, with what has to be done first and where. */
export function SignInMethods({ app, options }: { app: App; options: ConnectOptions | undefined }) {
  const browser = app.authMethods.find(isBrowserMethod);
  return (
    <>
      <Panel title="Ways to sign in" count={app.authMethods.length}>
        <ul>
          {app.authMethods.map((method) => (
            <li key={method.id} className="flex flex-col gap-2 border-b px-5 py-3.5 last:border-b-0">
              <Method app={app} method={method} options={options} />
            </li>
          ))}
        </ul>
      </Panel>
      {browser && options?.canConfigure && <ClientHelp app={app} method={browser} options={options} />}
    </>
  );
}

function Method({ app, method, options }: { app: App; method: AuthMethod; options: ConnectOptions | undefined }) {
  const browser = isBrowserMethod(method);
  const ready = options?.methods.find((each) => each.id === method.id)?.ready;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3>{methodLabel(method, app.name)}</h3>
        {browser &&
          ready !== undefined &&
          (ready ? (
            <Pill tone="ok" icon={<CircleCheck aria-hidden />}>
              Ready
            </Pill>
          ) : (
            <Pill tone="neutral" icon={<CircleDashed aria-hidden />}>
              Needs an OAuth client
            </Pill>
          ))}
      </div>
      {browser && options && ready === false && !options.canConfigure && (
        <div className="text-sm text-fg2">
          <AskAdmin appName={app.name} admins={options.admins} />
        </div>
      )}
      {!browser &&
        method.fields.map((field) =>
          field.help || field.helpUrl ? (
            <p key={field.name} className="text-sm text-fg2">
              <span className="font-medium text-fg">{field.title}</span>
              {field.help && `: ${field.help}`}{' '}
              {field.helpUrl && <OutLink href={field.helpUrl}>Where do I find this?</OutLink>}
            </p>
          ) : null,
        )}
      {method.scopes.length > 0 && (
        <Disclosure summary={`Asks for ${plural(method.scopes.length, 'permission')}`}>
          <Tags items={method.scopes} label="Permissions" />
        </Disclosure>
      )}
    </>
  );
}

/** For those who set up the OAuth client: where, and the exact address to register there. */
function ClientHelp({ app, method, options }: { app: App; method: AuthMethod; options: ConnectOptions }) {
  const project = useProject();
  return (
    <Panel
      title="OAuth client"
      actions={
        <Link to="/p/$project/settings/oauth-clients" params={{ project: project.id }} className={cn(linkLooks, 'text-sm')}>
          Manage
        </Link>
      }
    >
      <ol className="flex flex-col gap-3 px-5 py-3.5 text-sm text-fg2">
        <li className="flex flex-col gap-1.5">
          <span>
            1. Create an OAuth client at {app.name}.{' '}
            {method.setupUrl && <OutLink href={method.setupUrl}>Open the console of {app.name}</OutLink>}
          </span>
          {method.setupHelp && <span>{method.setupHelp}</span>}
        </li>
        <li className="flex flex-col gap-1.5">
          2. Register exactly this redirect URI there:
          <CopyField value={options.redirectUri} label="redirect URI" />
        </li>
        <li>
          3. Choose Connect {app.name} and paste the client’s id and secret. It is done once for the whole project.
        </li>
      </ol>
    </Panel>
  );
}
