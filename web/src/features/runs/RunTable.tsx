import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FlaskConical, History } from 'lucide-react';
import type { ReactNode } from 'react';
import { useProject } from '@/api/session';
import type { RunSummary } from '@/api/types';
import { useNarrow } from '@/lib/hooks';
import { shownRange } from '@/lib/text';
import { duration } from '@/lib/time';
import { Button } from '@/ui/button';
import { Pill } from '@/ui/pill';
import { Empty, ErrorState, Skeleton } from '@/ui/states';
import { Pager, Table, Td, Th, Tr } from '@/ui/table';
import { TimeAgo } from '@/ui/time';
import { plainMessage } from './message';
import { runListQuery, type RunFilters } from './queries';
import { RunStatusPill } from './status';
import { usePages } from './usePages';

const PAGE_SIZE = 25;

/** Runs, newest first, kept current. */
export function RunTable({ filters, showFlow, empty }: { filters: RunFilters; showFlow: boolean; empty?: ReactNode }) {
  const project = useProject();
  const narrow = useNarrow();
  const pages = usePages(JSON.stringify(filters));
  const query = useQuery(runListQuery(project, { ...filters, limit: PAGE_SIZE, cursor: pages.cursor }));
  if (query.isPending) return <RunTableSkeleton />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} title="The runs did not load" onRetry={() => void query.refetch()} />;
  }
  const runs = query.data?.data ?? [];
  if (runs.length === 0 && pages.number === 0) {
    return (
      empty ?? (
        <div className="rounded-lg border bg-surface">
          <Empty
            icon={<History />}
            title="No runs yet"
            action={
              showFlow && (
                <Button asChild>
                  <Link to="/p/$project/flows" params={{ project: project.id }}>
                    Go to Flows
                  </Link>
                </Button>
              )
            }
          >
            Every run shows here with what each step received and gave. {showFlow ? 'Open a flow and test it to make the first one.' : 'Press Test flow to make the first one.'}
          </Empty>
        </div>
      )
    );
  }
  const first = pages.number * PAGE_SIZE;
  const pager = (
    <Pager
      shown={runs.length > 0 ? shownRange(first, runs.length, { what: 'run', more: query.data?.hasMore ?? false }) : 'No more runs'}
      onPrevious={pages.previous}
      onNext={pages.next(query.data?.cursor, query.data?.hasMore)}
    />
  );
  if (narrow) {
    return (
      <div className="rounded-lg border bg-surface">
        <ul aria-label="Runs" className="divide-y">
          {runs.map((run) => (
            <li key={run.id} className="flex flex-col gap-1.5 p-3.5">
              <div className="flex items-center justify-between gap-2">
                <RunLink run={run}>{showFlow ? run.flowName : <When run={run} />}</RunLink>
                <RunStatusPill status={run.status} />
              </div>
              <p className="flex flex-wrap items-baseline gap-x-2 text-xs text-fg3">
                {showFlow && <When run={run} />}
                <Kind run={run} />
                {run.durationMs !== null && <span>{duration(run.durationMs)}</span>}
              </p>
              <Why run={run} />
            </li>
          ))}
        </ul>
        {pager}
      </div>
    );
  }
  return (
    <Table label="Runs" footer={pager}>
      <thead>
        <tr>
          {showFlow && (
            <Th>
              <span className="block w-[130px]">Flow</span>
            </Th>
          )}
          <Th>Started</Th>
          <Th>Status</Th>
          <Th>Kind</Th>
          <Th className="text-right">Duration</Th>
        </tr>
      </thead>
      <tbody aria-busy={query.isPlaceholderData}>
        {runs.map((run) => (
          <Tr key={run.id}>
            {showFlow && (
              <Td className="w-full max-w-0">
                <RunLink run={run}>{run.flowName}</RunLink>
              </Td>
            )}
            <Td className="whitespace-nowrap text-fg2">{showFlow ? <When run={run} /> : <RunLink run={run}><When run={run} /></RunLink>}</Td>
            <Td>
              <RunStatusPill status={run.status} />
              <Why run={run} />
            </Td>
            <Td>
              <Kind run={run} />
            </Td>
            <Td className="text-right whitespace-nowrap text-fg2 tabular-nums">{run.durationMs === null ? '–' : duration(run.durationMs)}</Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

function When({ run }: { run: RunSummary }) {
  return run.startedAt ? <TimeAgo at={run.startedAt} /> : <span>not started</span>;
}

function RunLink({ run, children }: { run: RunSummary; children: ReactNode }) {
  const project = useProject();
  return (
    <Link
      to="/p/$project/runs/$run"
      params={{ project: project.id, run: run.id }}
      dir="auto"
      className="block max-w-full truncate rounded-sm text-left font-[550] text-fg hover:text-accent hover:underline"
    >
      {children}
    </Link>
  );
}

function Kind({ run }: { run: RunSummary }) {
  return run.kind === 'test' ? (
    <Pill tone="neutral" icon={<FlaskConical aria-hidden />}>
      Test
    </Pill>
  ) : (
    <span className="text-sm whitespace-nowrap text-fg2 max-md:text-xs max-md:text-fg3">{run.version === null ? 'Live' : `Version ${run.version}`}</span>
  );
}

/** The reason in plain words under every status that is not good. */
function Why({ run }: { run: RunSummary }) {
  const text =
    run.status === 'HELD' && run.waitingFor
      ? `waits for ${run.waitingFor.connection.name}${run.waitingFor.connection.deletedAt ? ', which was deleted' : ''}`
      : run.status === 'FAILED'
        ? run.error
          ? plainMessage(run.error.message)
          : null
        : null;
  return text ? (
    <span title={text} className="mt-0.5 block max-w-[420px] truncate text-xs text-fg3 max-lg:max-w-[240px] max-md:line-clamp-3 max-md:max-w-full max-md:whitespace-normal">
      {text}
    </span>
  ) : null;
}

function RunTableSkeleton() {
  return (
    <div aria-busy className="rounded-lg border bg-surface">
      <span role="status" className="sr-only">
        Loading runs
      </span>
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <div key={row} className="flex h-[46px] items-center gap-6 border-b px-3.5 last:border-0">
          <Skeleton className="h-4 w-48" />
          <Skeleton className="h-4 w-20" />
          <Skeleton className="h-5 w-24 rounded-full" />
          <span className="flex-1" />
          <Skeleton className="h-4 w-12" />
        </div>
      ))}
    </div>
  );
}
