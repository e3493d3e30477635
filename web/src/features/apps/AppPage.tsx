import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Blocks, ExternalLink, Play, Plus, Zap } from 'lucide-react';
import type { ReactNode } from 'react';
import { api, toApiError } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import type { App, ConnectOptions, JsonSchema } from '@/api/types';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { ConnectionStatusPill } from '@/features/connections/ConnectionStatusPill';
import { connectedAppsQuery, connectionListQuery } from '@/features/connections/queries';
import { identityLine } from '@/features/connections/status';
import { useTitle } from '@/lib/hooks';
import { categoryName, plural, sentence } from '@/lib/text';
import { Button } from '@/ui/button';
import { linkLooks } from '@/ui/link';
import { BackLink, PageBody, PageTitle, Panel } from '@/ui/page';
import { Empty, ErrorState, Skeleton, SkeletonCard } from '@/ui/states';
import { Tags } from '@/ui/tag';
import { Truncate } from '@/ui/truncate';
import { AppIcon } from './AppIcon';
import { appQuery } from './queries';
import { SignInMethods } from './SignInMethods';

/** `/p/{project}/apps/{app}`: what the app offers, how one signs in, who is connected. */
export function AppPage() {
  const project = useProject();
  const { app: slug } = useParams({ from: '/signed-in/p/$project/apps/$app' });
  const app = useQuery(appQuery(slug));
  useTitle(app.data?.name ?? 'App');
  return (
    <PageBody>
      <BackLink to="/p/$project/apps" params={{ project: project.id }}>
        Apps
      </BackLink>
      {app.data ? (
        <Detail app={app.data} />
      ) : app.error ? (
        toApiError(app.error).status === 404 ? (
          <Empty
            heading="h1"
            icon={<Blocks />}
            title="There is no such app"
            action={
              <Button variant="primary" asChild>
                <Link to="/p/$project/apps/$app" params={{ project: project.id, app: 'http' }}>
                  Use any HTTP API
                </Link>
              </Button>
            }
          >
            The catalog has no app called “{slug}”. It can still be called by its HTTP API.
          </Empty>
        ) : (
          <ErrorState heading="h1" error={app.error} title="The app did not load" onRetry={() => void app.refetch()} />
        )
      ) : (
        <div role="status" className="flex flex-col gap-5">
          <h1 className="sr-only">Loading the app</h1>
          <div className="flex items-center gap-4">
            <Skeleton className="size-12 rounded-lg" />
            <Skeleton className="h-7 w-64" />
          </div>
          <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
            <SkeletonCard lines={8} />
            <SkeletonCard lines={4} />
          </div>
        </div>
      )}
    </PageBody>
  );
}

/** The inputs of an action or trigger in one line: "Channel, Text, Reply in thread (optional)". */
function inputs(schema: JsonSchema | null | undefined): string {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {})
    .map(([name, property]) => `${property.title ?? sentence(name)}${required.has(name) ? '' : ' (optional)'}`)
    .join(', ');
}

/** A host of the manifest for people: what is filled in from a setting stands there by its name, "graph.{cloud}". */
function hostWords(host: string): string {
  return host.replace(/\{\{\s*(?:settings|credential)\.(\w+)[^}]*\}\}/g, '{$1}');
}

function Detail({ app }: { app: App }) {
  const project = useProject();
  const can = useCan();
  const dialogs = useConnectDialogs();
  const options = useQuery({
    queryKey: [...project.key, 'connect-options', app.slug],
    queryFn: ({ signal }) =>
      api.get<ConnectOptions>(project.path(`/apps/${encodeURIComponent(app.slug)}/connect-options`), { signal }),
  }).data;
  return (
    <>
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 md:flex-nowrap">
        <div className="flex min-w-0 items-center gap-4 max-md:items-start max-md:gap-3">
          <AppIcon app={app.slug} size="lg" />
          <div className="min-w-0">
            <PageTitle>{app.name}</PageTitle>
            <p className="text-fg2">{[app.description, categoryName(app.category)].filter(Boolean).join(' · ')}</p>
          </div>
        </div>
        <div className="flex shrink-0 items-center gap-2">
          {app.docsUrl && (
            <Button asChild>
              <a href={app.docsUrl} target="_blank" rel="noreferrer">
                API docs
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
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
        <div className="flex min-w-0 flex-col gap-4">
          <Offers title="Actions" icon={<Play />} items={app.actions.map((each) => ({ ...each, note: inputs(each.input) }))}>
            No action is described yet. Its API can be called from an HTTP step with a connection of {app.name}.
          </Offers>
          <Offers
            title="Triggers"
            icon={<Zap />}
            items={app.triggers.map((each) => ({
              ...each,
              note: [each.kind === 'poll' ? 'Looked up at intervals' : 'Sent by the app at once', inputs(each.input)].filter(Boolean).join(' · '),
            }))}
          >
            No trigger is described yet. A flow can start on a schedule and ask {app.name} for what is new.
          </Offers>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Connected app={app} />
          <SignInMethods app={app} options={options} />
          {app.hosts.length > 0 && (
            <Panel title="Credentials are sent only to">
              <div className="px-5 py-3.5">
                <Tags items={app.hosts.map(hostWords)} label="Hosts" />
              </div>
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}

function Offers({
  title,
  icon,
  items,
  children,
}: {
  title: string;
  icon: ReactNode;
  items: readonly { key: string; title: string; description?: string | null; note: string }[];
  /** Said where there are none. */
  children: ReactNode;
}) {
  return (
    <Panel title={title} count={items.length}>
      {items.length === 0 ? (
        <p className="px-5 py-3.5 text-sm text-fg2">{children}</p>
      ) : (
        <ul>
          {items.map((item) => (
            <li key={item.key} className="flex gap-3 border-b px-5 py-3 last:border-b-0">
              <span aria-hidden className="mt-0.5 shrink-0 text-fg3 [&_svg]:size-4">
                {icon}
              </span>
              <div className="min-w-0">
                <h3>{item.title}</h3>
                {item.description && <p className="text-sm text-fg2">{item.description}</p>}
                {item.note && <p className="mt-0.5 text-xs break-words text-fg3">{item.note}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const FEW = 5;

function Connected({ app }: { app: App }) {
  const project = useProject();
  const list = useQuery(connectionListQuery(project, { app: app.slug, sort: 'name', limit: FEW })).data;
  const count = useQuery(connectedAppsQuery(project)).data?.find((each) => each.app === app.slug)?.count;
  if (!list || list.data.length === 0) return null;
  return (
    <Panel title="Connections" count={count ?? list.data.length}>
      <ul>
        {list.data.map((connection) => (
          <li key={connection.id} className="flex items-center justify-between gap-3 border-b px-5 py-2.5 last:border-b-0">
            <div className="min-w-0">
              <Truncate text={connection.name} className="font-[550]">
                <Link
                  to="/p/$project/connections/$connection"
                  params={{ project: project.id, connection: connection.id }}
                  className="inline-block max-w-full truncate align-bottom hover:underline"
                >
                  {connection.name}
                </Link>
              </Truncate>
              <Truncate text={identityLine(connection)} className="text-xs text-fg3" />
            </div>
            <ConnectionStatusPill connection={connection} className="shrink-0" />
          </li>
        ))}
      </ul>
      {list.hasMore && (
        <p className="border-t px-5 py-2.5 text-sm">
          <Link to="/p/$project/connections" params={{ project: project.id }} search={{ app: app.slug }} className={linkLooks}>
            {count ? `All ${plural(count, 'connection')}` : 'All connections'}
          </Link>
        </p>
      )}
    </Panel>
  );
}
