import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleCheck, CirclePause, CopyPlus, Ellipsis, ExternalLink, Power, PowerOff, Trash2, Unplug } from 'lucide-react';
import { useState } from 'react';
import { useCan, useProject } from '@/api/session';
import type { FlowSummary } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { useAppIndex } from '@/features/apps/queries';
import { RunStatusPill } from '@/features/runs/status';
import { useNarrow } from '@/lib/hooks';
import { plural } from '@/lib/text';
import { IconButton } from '@/ui/button';
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
                <span className="flex flex-wrap items-center gap-2">
                  <FlowStatusPill flow={flow} />
                  <Broken flow={flow} />
                  <Apps flow={flow} />
                </span>
                <LastRun flow={flow} />
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
          <Th>Flow</Th>
          <Th>Status</Th>
          <Th>Apps</Th>
          <Th>Last run</Th>
          <Th>Updated</Th>
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
            <Td className="max-w-[360px]">
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
              <span className="flex flex-wrap items-center gap-1.5">
                <FlowStatusPill flow={flow} />
                <Broken flow={flow} />
              </span>
            </Td>
            <Td>
              <Apps flow={flow} />
            </Td>
            <Td>
              <LastRun flow={flow} />
            </Td>
            <Td className="whitespace-nowrap text-fg2">
              <TimeAgo at={flow.updated} />
            </Td>
            {edit && (
              <Td className="w-12 text-right">
                <RowMenu flow={flow} />
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
      className="block truncate rounded-sm font-[550] hover:text-accent hover:underline"
    >
      {flow.name}
    </Link>
  );
}

function FlowStatusPill({ flow }: { flow: FlowSummary }) {
  if (flow.status === 'ACTIVE') {
    return (
      <Pill tone="ok" icon={<CircleCheck aria-hidden />}>
        Active
      </Pill>
    );
  }
  return (
    <Pill tone="neutral" icon={<CirclePause aria-hidden />}>
      Inactive
    </Pill>
  );
}

function Broken({ flow }: { flow: FlowSummary }) {
  if (flow.brokenConnections === 0) return null;
  return (
    <Pill tone="bad" icon={<Unplug aria-hidden />}>
      {plural(flow.brokenConnections, 'broken connection')}
    </Pill>
  );
}

const SHOWN = 4;

function Apps({ flow }: { flow: FlowSummary }) {
  const apps = useAppIndex();
  if (flow.apps.length === 0) return <span className="text-fg3">–</span>;
  const names = flow.apps.map((slug) => apps.get(slug)?.name ?? slug).join(', ');
  return (
    <Tooltip content={names}>
      <span className="inline-flex items-center gap-1">
        <span className="sr-only">{names}</span>
        {flow.apps.slice(0, SHOWN).map((slug) => (
          <AppIcon key={slug} app={slug} size="sm" />
        ))}
        {flow.apps.length > SHOWN && (
          <span aria-hidden className="text-xs text-fg3">
            +{flow.apps.length - SHOWN}
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
    <span className="inline-flex flex-wrap items-center gap-2">
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
  const navigate = useNavigate();
  const actions = useFlowActions();
  const [deleting, setDeleting] = useState(false);
  const open = (id: string): void => void navigate({ to: '/p/$project/flows/$flow', params: { project: project.id, flow: id } });
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
        <MenuItem icon={<CopyPlus />} onSelect={() => duplicate.mutate()}>
          Duplicate
        </MenuItem>
        {flow.status === 'ACTIVE' ? (
          <MenuItem icon={<PowerOff />} onSelect={() => turn.mutate()}>
            Disable
          </MenuItem>
        ) : (
          <MenuItem icon={<Power />} disabled={flow.publishedVersion === null} hint={flow.publishedVersion === null ? <span className="text-xs text-fg3">publish first</span> : undefined} onSelect={() => turn.mutate()}>
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
        <div key={row} className="flex h-[55px] items-center gap-3 border-b px-3.5 last:border-0">
          <Skeleton className="size-[34px] rounded-md" />
          <Skeleton className="h-4 w-52" />
          <span className="flex-1" />
          <Skeleton className="h-5 w-20 rounded-full" />
          <Skeleton className="h-4 w-24" />
        </div>
      ))}
    </div>
  );
}
