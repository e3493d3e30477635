import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink, Play, Plus, Zap } from 'lucide-react';
import type { ReactNode } from 'react';
import { toApiError } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { App, JsonSchema } from '@/api/types';
import { methodLabel } from '@/features/connect/form';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { ConnectionStatusPill } from '@/features/connections/ConnectionStatusPill';
import { useConnections } from '@/features/connections/queries';
import { identityLine } from '@/features/connections/status';
import { useTitle } from '@/lib/hooks';
import { sentence } from '@/lib/text';
import { Button } from '@/ui/button';
import { PageBody, PageTitle } from '@/ui/page';
import { Empty, ErrorState, Skeleton } from '@/ui/states';
import { AppIcon } from './AppIcon';
import { appQuery } from './queries';

/** `/p/{project}/apps/{app}`: what the app offers, how one signs in, who is connected. */
export function AppPage() {
  const project = useProject();
  const { app: slug } = useParams({ from: '/signed-in/p/$project/apps/$app' });
  const app = useQuery(appQuery(slug));
  useTitle(app.data?.name ?? 'App');
  return (
    <PageBody>
      <Link
        to="/p/$project/apps"
        params={{ project: project.id }}
        className="-mb-1 flex w-fit items-center gap-1 rounded-sm text-sm font-medium text-fg2 hover:text-fg"
      >
        <ChevronLeft aria-hidden className="size-3.5" />
        Apps
      </Link>
      {app.data ? (
        <Detail app={app.data} />
      ) : app.error ? (
        toApiError(app.error).status === 404 ? (
          <Empty title="There is no such app">
            <PageTitle className="sr-only">There is no such app</PageTitle>
            The catalog has no app called “{slug}”.
          </Empty>
        ) : (
          <ErrorState error={app.error} title="The app did not load" onRetry={() => void app.refetch()} />
        )
      ) : (
        <Skeleton className="h-48 rounded-lg" />
      )}
    </PageBody>
  );
}

function Panel({ title, count, children }: { title: string; count?: number; children: ReactNode }) {
  return (
    <section className="overflow-hidden rounded-lg border bg-surface shadow-low">
      <h2 className="border-b px-5 py-3 text-base!">
        {title}
        {count !== undefined && <span className="ml-2 font-normal text-fg3 tabular-nums">{count}</span>}
      </h2>
      {children}
    </section>
  );
}

function inputs(schema: JsonSchema | null | undefined): string {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {})
    .map(([name, property]) => `${property.title ?? sentence(name)}${required.has(name) ? '' : ' (optional)'}`)
    .join(', ');
}

function Detail({ app }: { app: App }) {
  const can = useCan();
  const dialogs = useConnectDialogs();
  return (
    <>
      <header className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 items-center gap-4">
          <AppIcon app={app.slug} size="lg" />
          <div className="min-w-0">
            <PageTitle>{app.name}</PageTitle>
            <p className="text-fg2">{app.description}</p>
          </div>
        </div>
        <div className="flex items-center gap-2">
          {app.docsUrl && (
            <Button asChild>
              <a href={app.docsUrl} target="_blank" rel="noreferrer">
                API documentation
                <ExternalLink aria-hidden />
                <span className="sr-only">(opens a new tab)</span>
              </a>
            </Button>
          )}
          {can('connection.create') && (
            <Button variant="primary" icon={<Plus aria-hidden />} onClick={() => dialogs.newConnection(app.slug)}>
              Connect {app.name}
            </Button>
          )}
        </div>
      </header>
      <Connected app={app} />
      <Panel title="Ways to sign in" count={app.authMethods.length}>
        <ul>
          {app.authMethods.map((method) => (
            <li key={method.id} className="border-b px-5 py-2.5 last:border-b-0">
              <p className="font-[550]">{methodLabel(method, app.name)}</p>
              {method.scopes.length > 0 && (
                <p className="text-sm text-fg2">
                  Asks for{' '}
                  {method.scopes.map((scope, at) => (
                    <span key={scope}>
                      {at > 0 && ', '}
                      <code className="font-mono text-xs break-all">{scope}</code>
                    </span>
                  ))}
                </p>
              )}
            </li>
          ))}
        </ul>
      </Panel>
      {app.actions.length > 0 && (
        <Panel title="Actions" count={app.actions.length}>
          <ul>
            {app.actions.map((action) => (
              <li key={action.key} className="flex gap-3 border-b px-5 py-2.5 last:border-b-0">
                <Play aria-hidden className="mt-0.5 size-4 shrink-0 text-fg3" />
                <div className="min-w-0">
                  <h3>{action.title}</h3>
                  {action.description && <p className="text-sm text-fg2">{action.description}</p>}
                  {inputs(action.input) && <p className="text-xs text-fg3">{inputs(action.input)}</p>}
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {app.triggers.length > 0 && (
        <Panel title="Triggers" count={app.triggers.length}>
          <ul>
            {app.triggers.map((trigger) => (
              <li key={trigger.key} className="flex gap-3 border-b px-5 py-2.5 last:border-b-0">
                <Zap aria-hidden className="mt-0.5 size-4 shrink-0 text-fg3" />
                <div className="min-w-0">
                  <h3>{trigger.title}</h3>
                  <p className="text-xs text-fg3">
                    {trigger.kind === 'poll' ? 'Looked up at intervals' : 'Sent by the app at once'}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function Connected({ app }: { app: App }) {
  const project = useProject();
  const { connections } = useConnections(app.slug);
  if (connections.length === 0) return null;
  return (
    <Panel title="Connections" count={connections.length}>
      <ul>
        {connections.map((connection) => (
          <li key={connection.id} className="flex items-center justify-between gap-3 border-b px-5 py-2.5 last:border-b-0">
            <div className="min-w-0">
              <Link
                to="/p/$project/connections/$connection"
                params={{ project: project.id, connection: connection.id }}
                className="font-[550] hover:underline"
              >
                {connection.name}
              </Link>
              <p className="truncate text-xs text-fg3">{identityLine(connection)}</p>
            </div>
            <ConnectionStatusPill connection={connection} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
