import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch, useParams } from '@tanstack/react-router';
import { RefreshCw, Unplug, Workflow } from 'lucide-react';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { useTitle } from '@/lib/hooks';
import { plural } from '@/lib/text';
import { shortDate } from '@/lib/time';
import { Button } from '@/ui/button';
import { BackLink, PageBody, PageTitle } from '@/ui/page';
import { Empty, ErrorState, Note, Skeleton, SkeletonCard } from '@/ui/states';
import { TabPanel, Tabs } from '@/ui/tabs';
import { toApiError } from '@/api/client';
import { useCheck, useChecking, useRestore } from './actions';
import { ActivityTab } from './ActivityTab';
import { ConnectionDialogs, useConnectionDialogs } from './ConnectionDialogs';
import { ConnectionMenu } from './ConnectionMenu';
import { loadConnectionDialogs } from './dialogs';
import { FlowList, UsageSkeleton, useUsage } from './FlowUsage';
import { OverviewTab } from './OverviewTab';
import { connectionQuery } from './queries';
import { SettingsTab } from './SettingsTab';
import { identityLine, isBroken } from './status';
import { healthSentence } from './reasons';
import { StatusPopover } from './StatusPopover';

/** `/p/{project}/connections/{id}` */
export function ConnectionDetailPage() {
  const project = useProject();
  const { connection: id } = useParams({ from: '/signed-in/p/$project/connections/$connection' });
  const query = useQuery(connectionQuery(project, id));
  // Destroyed meanwhile: what was read before is not shown any longer.
  const gone = query.error !== null && toApiError(query.error).status === 404;
  const connection = gone ? undefined : query.data;
  useTitle(connection?.name ?? 'Connection');
  return (
    <PageBody>
      <BackLink to="/p/$project/connections" params={{ project: project.id }}>
        Connections
      </BackLink>
      {connection ? (
        <Detail connection={connection} />
      ) : query.error ? (
        gone ? (
          <Empty heading="h1" icon={<Unplug />} title="There is no such connection">
            It was deleted for good, or it belongs to another project.
          </Empty>
        ) : (
          <ErrorState heading="h1" error={query.error} title="The connection did not load" onRetry={() => void query.refetch()} />
        )
      ) : (
        <div role="status" className="flex flex-col gap-5">
          <h1 className="sr-only">Loading the connection</h1>
          <div className="flex items-center gap-4">
            <Skeleton className="size-12 rounded-lg" />
            <Skeleton className="h-7 w-64" />
          </div>
          <div className="grid gap-4 xl:grid-cols-2">
            <SkeletonCard lines={6} />
            <SkeletonCard lines={6} />
          </div>
        </div>
      )}
    </PageBody>
  );
}

function Detail({ connection }: { connection: Connection }) {
  const dialogs = useConnectDialogs();
  const project = useProject();
  const check = useCheck(connection);
  const checking = useChecking(connection.id);
  const navigate = useNavigate({ from: '/p/$project/connections/$connection' });
  const { tab = 'overview' } = useSearch({ from: '/signed-in/p/$project/connections/$connection' });
  const manage = connection.can.manage;
  const trashed = connection.deletedAt !== null;
  const shown = tab === 'settings' && (!manage || trashed) ? 'overview' : tab;
  return (
    <>
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3 md:flex-nowrap">
        <div className="flex min-w-0 items-center gap-4 max-md:items-start max-md:gap-3">
          <AppIcon app={connection.app} size="lg" />
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <PageTitle>
                <bdi>{connection.name}</bdi>
              </PageTitle>
              <StatusPopover connection={connection} />
            </div>
            <p className="break-words text-fg2">
              {[connection.appName, identityLine(connection)].filter(Boolean).join(' · ')}
            </p>
          </div>
        </div>
        {manage && !trashed && (
          <div className="flex shrink-0 items-center gap-2">
            <Button icon={<RefreshCw aria-hidden />} busy={checking} onClick={() => check.mutate()}>
              Check now
            </Button>
            <Button variant={isBroken(connection) ? 'primary' : 'default'} onClick={() => dialogs.reconnect(connection)}>
              Reconnect
            </Button>
            <ConnectionMenu connection={connection} />
          </div>
        )}
        {!manage && !trashed && <ConnectionMenu connection={connection} />}
      </header>
      {trashed ? (
        <Note
          tone="warn"
          action={
            manage && (
              <ConnectionDialogs
                connections={[connection]}
                onDestroyed={() =>
                  navigate({ to: '/p/$project/connections', params: { project: project.id }, search: { view: 'trash' } })
                }
              >
                <TrashActions connection={connection} />
              </ConnectionDialogs>
            )
          }
        >
          It is in the trash: no flow can use it.
          {connection.heldRunCount > 0 && ` ${plural(connection.heldRunCount, 'run')} held until it is restored.`}
          {connection.destroyedAt && ` Its credential is destroyed on ${shortDate(connection.destroyedAt)}.`}
        </Note>
      ) : (
        isBroken(connection) && (
          <Note tone="warn">
            {healthSentence(connection)} <Harm connection={connection} />
          </Note>
        )
      )}
      <Tabs
        label="Connection"
        value={shown}
        onValueChange={(next) =>
          void navigate({
            search: (before) => ({ ...before, tab: next === 'overview' ? undefined : next }),
            replace: true,
            resetScroll: false,
          })
        }
        items={[
          { value: 'overview', label: 'Overview' },
          { value: 'usage', label: 'Used by', count: connection.flowCount },
          { value: 'activity', label: 'Activity' },
          ...(manage && !trashed ? [{ value: 'settings' as const, label: 'Settings' }] : []),
        ]}
      >
        <TabPanel value="overview">
          <OverviewTab connection={connection} />
        </TabPanel>
        <TabPanel value="usage">
          <UsageTab connection={connection} />
        </TabPanel>
        <TabPanel value="activity">
          <ActivityTab connection={connection} />
        </TabPanel>
        {manage && !trashed && (
          <TabPanel value="settings">
            <SettingsTab connection={connection} />
          </TabPanel>
        )}
      </Tabs>
    </>
  );
}

/** What can be done with one that is in the trash. */
function TrashActions({ connection }: { connection: Connection }) {
  const restore = useRestore();
  const open = useConnectionDialogs();
  return (
    <div data-row={connection.id} className="flex shrink-0 gap-2 max-md:flex-col">
      <Button size="sm" busy={restore.isPending} onClick={() => restore.mutate(connection.id)}>
        Restore
      </Button>
      <Button
        size="sm"
        variant="danger-ghost"
        onPointerEnter={() => void loadConnectionDialogs().catch(() => undefined)}
        onClick={() => open?.('destroy', connection)}
      >
        Destroy now…
      </Button>
    </div>
  );
}

/** What a broken connection stops, after the sentence that says why. */
function Harm({ connection }: { connection: Connection }) {
  const parts = [
    connection.flowCount > 0 && `${plural(connection.flowCount, 'flow')} ${connection.flowCount === 1 ? 'uses' : 'use'} it`,
    connection.heldRunCount > 0 && `${plural(connection.heldRunCount, 'run')} held until then`,
  ].filter(Boolean);
  return parts.length > 0 ? <span className="text-fg2">{parts.join(' · ')}</span> : null;
}

function UsageTab({ connection }: { connection: Connection }) {
  const project = useProject();
  const usage = useUsage(connection, true);
  if (usage.error) return <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />;
  if (!usage.data) return <UsageSkeleton />;
  if (usage.data.flows.length === 0) {
    return (
      <div className="rounded-lg border bg-surface">
        <Empty
          icon={<Workflow />}
          title="No flow uses it"
          action={
            <Button asChild>
              <Link to="/p/$project/flows" params={{ project: project.id }}>
                Go to Flows
              </Link>
            </Button>
          }
        >
          Choose it in a step of a flow; the flow then appears here.
        </Empty>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      {usage.data.heldRuns > 0 && (
        <Note tone="warn">
          {usage.data.heldRuns === 1 ? '1 run is' : `${usage.data.heldRuns} runs are`} held until it works again. Nothing
          is lost.
        </Note>
      )}
      <FlowList whole flows={usage.data.flows} label="Flows that use it" />
    </div>
  );
}
