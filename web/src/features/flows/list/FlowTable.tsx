import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleCheck, CirclePause, CopyPlus, Ellipsis, ExternalLink, Power, PowerOff, Rocket, Trash2, Unplug } from 'lucide-react';
import { useState } from 'react';
import { useCan, useProject } from '@/api/session';
import type { FlowSummary } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { useAppIndex } from '@/features/apps/queries';
import { useConnectDialogs } from '@/features/connect';
import { useConnection } from '@/features/connections';
import { RunStatusPill } from '@/features/runs/status';
import { useNarrow } from '@/lib/hooks';
import { plural } from '@/lib/text';
import { Button, IconButton } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Menu, MenuItem, MenuSeparator } from '@/ui/menu';
import { Pill } from '@/ui/pill';
import { Skeleton } from '@/ui/states';
import { Pager, Table, Td, Th, Tr } from '@/ui/table';
import { TimeAgo } from '@/ui/time';
import { toast } from '@/ui/toast';
import { Tooltip } from '@/ui/tooltip';
import { StepIcon } from '../icons';
import { TRIGGERS } from '../model/steps';
import { PollingPill } from '../panel/PollingStatus';
import { useFlowActions } from '../queries';

/** The flows of one page as a table; below 720 px as cards. */
export function FlowTable({
  flows,
  busy,
  shown,
  onPrevious,
  onNext,
}: {
  flows: readonly FlowSummary[];
  busy: boolean;
  shown: string;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
}) {
  const narrow = useNarrow();
  const can = useCan();
  const edit = can('flow.edit');
  const pager = <Pager shown={shown} onPrevious={onPrevious} onNext={onNext} />;
  if (narrow) {
    return (
      <div className="rounded-lg border bg-surface">
        <ul aria-label="Flows" aria-busy={busy} className="divide-y">
          {flows.map((flow) => (
            <li key={flow.id} className="flex items-start gap-3 p-3.5">
              <StepIcon kind={flow.trigger.kind} />
              <div className="flex min-w-0 flex-1 flex-col gap-1.5">
                <Name flow={flow} />
                <FlowState flow={flow} />
                <span className="flex flex-wrap items-center gap-2">
                  {shownApps(flow).length > 0 && <Apps flow={flow} />}
                  <LastRun flow={flow} />
                </span>
                <Mend flow={flow} />
              </div>
              {edit && <RowMenu flow={flow} />}
            </li>
          ))}
        </ul>
        {pager}
      </div>
    );
  }
  return (
    <Table label="Flows" footer={pager}>
      <thead>
        <tr>
          <Th>
            <span className="block w-[170px]">Flow</span>
          </Th>
          <Th>Status</Th>
          <Th>Apps</Th>
          <Th>Last run</Th>
          <Th className="max-lg:hidden">Updated</Th>
          {edit && (
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          )}
        </tr>
      </thead>
      <tbody aria-busy={busy}>
        {flows.map((flow) => (
          <Tr key={flow.id}>
            <Td className="w-full max-w-0">
              <div className="flex items-center gap-3">
                <StepIcon kind={flow.trigger.kind} />
                <div className="min-w-0">
                  <Name flow={flow} />
                  <p className="truncate text-xs text-fg3">
                    {TRIGGERS.find((each) => each.kind === flow.trigger.kind)?.title ?? flow.trigger.kind}
                    {flow.publishedVersion === null ? ' · not published yet' : ''}
                    {flow.createdBy ? ` · by ${flow.createdBy.name}` : ''}
                  </p>
                </div>
              </div>
            </Td>
            <Td>
              <FlowState flow={flow} />
            </Td>
            <Td>
              <Apps flow={flow} />
            </Td>
            <Td className="whitespace-nowrap">
              <LastRun flow={flow} />
            </Td>
            <Td className="whitespace-nowrap text-fg2 max-lg:hidden">
              <TimeAgo at={flow.updated} />
            </Td>
            {edit && (
              <Td className="w-px text-right whitespace-nowrap">
                <span className="inline-flex items-center gap-1.5">
                  <Mend flow={flow} />
                  <RowMenu flow={flow} />
                </span>
              </Td>
            )}
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

function Name({ flow }: { flow: FlowSummary }) {
  const project = useProject();
  return (
    <Link
      to="/p/$project/flows/$flow"
      params={{ project: project.id, flow: flow.id }}
      dir="auto"
      title={flow.name}
      className="block truncate rounded-sm text-left font-[550] hover:text-accent hover:underline"
    >
      {flow.name}
    </Link>
  );
}

/** Whether the flow listens and, when something keeps it from working, what: one reason, the one button that helps. */
function FlowState({ flow }: { flow: FlowSummary }) {
  const project = useProject();
  const polling = flow.triggerStatus;
  const trouble = polling && polling.state !== 'polling' ? polling : null;
  return (
    <div className="flex flex-col items-start gap-0.5">
      <span className="flex flex-wrap items-center gap-1.5">
        {flow.status === 'ACTIVE' ? (
          <Pill tone="ok" icon={<CircleCheck aria-hidden />}>
            Active
          </Pill>
        ) : (
          <Pill tone="neutral" icon={<CirclePause aria-hidden />}>
            Inactive
          </Pill>
        )}
        {trouble && <PollingPill state={trouble.state} />}
      </span>
      {trouble ? (
        <span title={trouble.message ?? undefined} className="line-clamp-2 w-[260px] text-xs text-fg2 max-lg:line-clamp-3 max-lg:w-[150px] max-md:w-auto">
          {trouble.message ?? 'The app does not answer as it should.'}
          {trouble.state === 'failing' && trouble.nextAt && (
            <>
              {' '}
              The next try is <TimeAgo at={trouble.nextAt} />.
            </>
          )}
        </span>
      ) : (
        flow.brokenConnections > 0 && (
          <Link
            to="/p/$project/connections"
            params={{ project: project.id }}
            search={{ view: 'attention' }}
            className="inline-flex items-center gap-1 rounded-sm text-xs font-medium whitespace-nowrap text-bad hover:underline"
          >
            <Unplug aria-hidden className="size-3.5" />
            {plural(flow.brokenConnections, 'broken connection')}
          </Link>
        )
      )}
    </div>
  );
}

/** Reconnect, on the row of a flow whose polling waits for it. */
function Mend({ flow }: { flow: FlowSummary }) {
  const paused = flow.triggerStatus?.state === 'paused' ? flow.triggerStatus : null;
  const connection = useConnection(paused?.connection).data;
  const { reconnect } = useConnectDialogs();
  // The server says that it does not work, whatever was known of it before.
  if (!paused || !connection || connection.deletedAt || !connection.can.manage) return null;
  return (
    <Button size="sm" aria-label={`Reconnect ${connection.name}`} onClick={() => reconnect(connection)}>
      Reconnect
    </Button>
  );
}

const SHOWN = 4;

/** An app that has not been chosen yet is none. */
const shownApps = (flow: FlowSummary): string[] => flow.apps.filter((slug) => slug !== '');

function Apps({ flow }: { flow: FlowSummary }) {
  const apps = useAppIndex();
  const all = shownApps(flow);
  if (all.length === 0) return <span className="text-fg3">–</span>;
  const names = all.map((slug) => apps.get(slug)?.name ?? slug).join(', ');
  return (
    <Tooltip content={names}>
      <span className="inline-flex items-center gap-1">
        <span className="sr-only">{names}</span>
        {all.slice(0, SHOWN).map((slug) => (
          <AppIcon key={slug} app={slug} size="sm" />
        ))}
        {all.length > SHOWN && (
          <span aria-hidden className="text-xs text-fg3">
            +{all.length - SHOWN}
          </span>
        )}
      </span>
    </Tooltip>
  );
}

function LastRun({ flow }: { flow: FlowSummary }) {
  const project = useProject();
  if (!flow.lastRun) return <span className="text-sm text-fg3">Never run</span>;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
      <Link
        to="/p/$project/runs/$run"
        params={{ project: project.id, run: flow.lastRun.id }}
        className="rounded-full"
      >
        <RunStatusPill status={flow.lastRun.status} />
        <span className="sr-only">, last run of {flow.name}</span>
      </Link>
      {flow.lastRun.startedAt && <TimeAgo at={flow.lastRun.startedAt} className="text-xs text-fg3" />}
    </span>
  );
}

function RowMenu({ flow }: { flow: FlowSummary }) {
  const project = useProject();
  const can = useCan();
  const navigate = useNavigate();
  const actions = useFlowActions();
  const [deleting, setDeleting] = useState(false);
  const open = (id: string, ask?: 'live'): void =>
    void navigate({ to: '/p/$project/flows/$flow', params: { project: project.id, flow: id }, search: { ask } });
  const unpublished = flow.publishedVersion === null;
  const publishFirst = unpublished ? <span className="text-xs text-fg3">publish first</span> : undefined;
  const duplicate = useMutation({
    mutationFn: () => actions.duplicate(flow.id),
    onSuccess: (copy) => toast({ title: `${copy.name} is made`, action: { label: 'Open', onClick: () => open(copy.id) } }),
  });
  const turn = useMutation({
    mutationFn: () => (flow.status === 'ACTIVE' ? actions.disable(flow.id) : actions.enable(flow.id)),
    onSuccess: (after) => toast({ title: `${after.name} is ${after.status === 'ACTIVE' ? 'active' : 'inactive'}` }),
  });
  const remove = useMutation({
    mutationFn: () => actions.remove(flow.id),
    onSuccess: () => {
      setDeleting(false);
      toast({ title: `${flow.name} is deleted` });
    },
  });
  return (
    <>
      <Menu
        label={`Actions for ${flow.name}`}
        trigger={
          <IconButton label={`Actions for ${flow.name}`}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem icon={<ExternalLink />} onSelect={() => open(flow.id)}>
          Open
        </MenuItem>
        {can('run.start') && (
          <MenuItem icon={<Rocket />} disabled={unpublished} hint={publishFirst} onSelect={() => open(flow.id, 'live')}>
            Run now…
          </MenuItem>
        )}
        <MenuItem icon={<CopyPlus />} onSelect={() => duplicate.mutate()}>
          Duplicate
        </MenuItem>
        {flow.status === 'ACTIVE' ? (
          <MenuItem icon={<PowerOff />} onSelect={() => turn.mutate()}>
            Disable
          </MenuItem>
        ) : (
          <MenuItem icon={<Power />} disabled={unpublished} hint={publishFirst} onSelect={() => turn.mutate()}>
            Enable
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} danger onSelect={() => setDeleting(true)}>
          Delete…
        </MenuItem>
      </Menu>
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={`Delete ${flow.name}?`}
        confirm="Delete flow"
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>
          {flow.status === 'ACTIVE' ? 'It is active: what triggers it now will find nothing. ' : ''}
          Its draft and versions go with it. This cannot be undone.
        </p>
      </Confirm>
    </>
  );
}

export function FlowTableSkeleton() {
  return (
    <div aria-busy className="rounded-lg border bg-surface">
      <span role="status" className="sr-only">
        Loading flows
      </span>
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <div key={row} className="flex h-[55px] items-center gap-3 border-b px-3.5 last:border-0 max-md:h-[94px]">
          <Skeleton className="size-[34px] shrink-0 rounded-md max-md:self-start max-md:mt-3.5" />
          <span className="flex min-w-0 flex-1 flex-col gap-2">
            <Skeleton className="h-4 w-52 max-w-full" />
            <Skeleton className="h-5 w-20 rounded-full md:hidden" />
          </span>
          <Skeleton className="h-5 w-20 rounded-full max-md:hidden" />
          <Skeleton className="h-4 w-24 max-md:hidden" />
        </div>
      ))}
    </div>
  );
}
