import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CirclePause, CirclePlay } from 'lucide-react';
import { useProject } from '@/api/session';
import type { Connection, RunStatus, UsageFlow } from '@/api/types';
import { cn } from '@/lib/cn';
import { plural, sentence } from '@/lib/text';
import { Dialog } from '@/ui/dialog';
import { Pill } from '@/ui/pill';
import { ErrorState, Note, Skeleton } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { connectionUsageQuery } from './queries';

const RUN_WORDS: Record<RunStatus, string> = {
  QUEUED: 'queued',
  RUNNING: 'running now',
  WAITING: 'waiting',
  HELD: 'held',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
};

/** One flow that uses a connection: its state, the steps, the last run. */
export function FlowLine({ flow, onFollow }: { flow: UsageFlow; onFollow?: () => void }) {
  const project = useProject();
  const steps = flow.steps.map((step) => step.name || step.id).join(', ');
  return (
    <li className="flex items-start justify-between gap-3 border-b px-3 py-2.5 last:border-b-0">
      <div className="min-w-0">
        <Link
          to="/p/$project/flows/$flow"
          params={{ project: project.id, flow: flow.id }}
          onClick={onFollow}
          className="font-[550] break-words text-fg hover:underline"
        >
          <bdi>{flow.name}</bdi>
        </Link>
        <p className="text-xs break-words text-fg3">
          {flow.version === 'draft' ? 'Draft' : 'Published'} · {plural(flow.steps.length, 'step')}
          {steps && `: ${steps}`}
        </p>
      </div>
      <div className="flex shrink-0 flex-col items-end gap-0.5">
        {flow.status === 'ACTIVE' ? (
          <Pill tone="ok" icon={<CirclePlay aria-hidden />}>
            Active
          </Pill>
        ) : (
          <Pill tone="neutral" icon={<CirclePause aria-hidden />}>
            Inactive
          </Pill>
        )}
        <span className="text-xs text-fg3">
          {flow.lastRun ? (
            <>
              last run {RUN_WORDS[flow.lastRun.status] ?? sentence(flow.lastRun.status)} <TimeAgo at={flow.lastRun.at} />
            </>
          ) : (
            'never ran'
          )}
        </span>
      </div>
    </li>
  );
}

/** The flows in a bordered list; it scrolls when long, unless it is the `whole` page. */
export function FlowList({
  flows,
  label,
  onFollow,
  whole = false,
}: {
  flows: readonly UsageFlow[];
  label: string;
  onFollow?: () => void;
  whole?: boolean;
}) {
  return (
    <ul
      aria-label={label}
      // A list that scrolls must be reachable by keyboard.
      {...(whole ? {} : { tabIndex: 0 })}
      className={cn('rounded-lg border bg-surface text-base text-fg', whole ? 'shadow-low' : 'max-h-[280px] overflow-y-auto')}
    >
      {flows.map((flow) => (
        <FlowLine key={`${flow.id}-${flow.version}`} flow={flow} {...(onFollow ? { onFollow } : {})} />
      ))}
    </ul>
  );
}

/** Usage of a connection for a dialog: loading, failure and the list. */
export function useUsage(connection: Connection, enabled: boolean) {
  const project = useProject();
  return useQuery({ ...connectionUsageQuery(project, connection.id), enabled, staleTime: 0 });
}

export function UsageSkeleton() {
  return (
    <div className="flex flex-col gap-3 rounded-lg border p-3">
      <Skeleton className="h-4 w-2/3" />
      <Skeleton className="h-4 w-1/2" />
    </div>
  );
}

/** "Flows that use Slack – Support". */
export function UsageDialog({ connection, open, onOpenChange }: { connection: Connection; open: boolean; onOpenChange: (open: boolean) => void }) {
  const usage = useUsage(connection, open);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Flows that use ${connection.name}`}>
      {usage.error ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} className="py-6" />
      ) : usage.data ? (
        <>
          {usage.data.flows.length > 0 ? (
            <FlowList flows={usage.data.flows} label="Flows" onFollow={() => onOpenChange(false)} />
          ) : (
            <p className="text-fg2">No flow uses it.</p>
          )}
          {usage.data.heldRuns > 0 && (
            <Note tone="warn">{plural(usage.data.heldRuns, 'run')} held until it works again; nothing is lost.</Note>
          )}
        </>
      ) : (
        <UsageSkeleton />
      )}
    </Dialog>
  );
}
