import { Link } from '@tanstack/react-router';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { AppIcon } from '@/features/apps/AppIcon';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { cn } from '@/lib/cn';
import { useNarrow } from '@/lib/hooks';
import { plural } from '@/lib/text';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { linkLooks } from '@/ui/link';
import { Skeleton } from '@/ui/states';
import { Pager, Table, Td, Th, Tr } from '@/ui/table';
import { TimeAgo } from '@/ui/time';
import { Tooltip } from '@/ui/tooltip';
import { Truncate } from '@/ui/truncate';
import { useCheck, useChecking, useRestore } from './actions';
import { ConnectionDialogs, useConnectionDialogs } from './ConnectionDialogs';
import { ConnectionMenu } from './ConnectionMenu';
import { loadConnectionDialogs } from './dialogs';
import { StatusCell } from './StatusPopover';
import { identityLine, isBroken } from './status';

interface TableProps {
  rows: readonly Connection[];
  trash: boolean;
  highlighted: string | null;
  /** Another page is on its way. */
  busy: boolean;
  sort: string;
  onSort: (sort: string) => void;
  shown: string;
  onPrevious: (() => void) | undefined;
  onNext: (() => void) | undefined;
  paged: boolean;
}

const COLUMNS = [
  { id: 'name', label: 'Connection', width: '' },
  { id: 'status', label: 'Status', width: 'w-[190px] max-lg:w-[150px]' },
  { id: 'flows', label: 'Used by', width: 'w-[100px] max-lg:w-[82px]' },
  { id: 'last_used', label: 'Last used', width: 'w-[124px] max-lg:w-[104px] max-[900px]:hidden' },
] as const;

/** Columns whose first click sorts the greatest first. */
const DOWN_FIRST = new Set<string>(['flows', 'last_used', 'status']);

function nextSort(current: string, column: string): string {
  const down = `-${column}`;
  if (current === column) return down;
  if (current === down) return column;
  return DOWN_FIRST.has(column) ? down : column;
}

/** The connections as a table; as cards where there is no room for one. */
export function ConnectionTable(props: TableProps) {
  return (
    <ConnectionDialogs connections={props.rows}>
      <Rows {...props} />
    </ConnectionDialogs>
  );
}

function Rows(props: TableProps) {
  const narrow = useNarrow();
  const pager = (
    <Pager shown={props.shown} onPrevious={props.onPrevious} onNext={props.onNext} />
  );
  if (narrow) {
    return (
      <div aria-busy={props.busy} className={cn('transition-opacity', props.busy && 'opacity-60')}>
        <ul aria-label="Connections" className="flex flex-col gap-2">
          {props.rows.map((connection) => (
            <ConnectionCard key={connection.id} connection={connection} trash={props.trash} />
          ))}
        </ul>
        {props.paged && <div className="mt-2 overflow-hidden rounded-lg border [&>div]:border-t-0">{pager}</div>}
      </div>
    );
  }
  return (
    <div aria-busy={props.busy} className={cn('transition-opacity', props.busy && 'opacity-60')}>
      <Table fixed label="Connections" footer={pager}>
        <thead>
          <tr>
            {COLUMNS.map((column) =>
              // The server has no order by when something goes for good.
              column.id === 'last_used' && props.trash ? (
                <Th key={column.id} className={column.width}>
                  Destroyed
                </Th>
              ) : (
                <Th
                  key={column.id}
                  sort={props.sort === column.id ? 'asc' : props.sort === `-${column.id}` ? 'desc' : null}
                  onSort={() => props.onSort(nextSort(props.sort, column.id))}
                  className={column.width}
                >
                  {column.label}
                </Th>
              ),
            )}
            <Th className="w-[76px] max-lg:hidden">Owner</Th>
            <Th className="w-[156px] max-lg:w-[138px]">
              <span className="sr-only">Actions</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((connection) => (
            <Tr key={connection.id} data-row={connection.id} className={cn(connection.id === props.highlighted && 'bg-accent-weak/60')}>
              <Td>
                <Identity connection={connection} />
              </Td>
              <Td>
                <StatusCell connection={connection} />
              </Td>
              <Td>
                <UsedBy connection={connection} />
              </Td>
              <Td className="whitespace-nowrap text-fg2 tabular-nums max-[900px]:hidden">
                {connection.destroyedAt ? <TimeAgo at={connection.destroyedAt} /> : <LastUsed connection={connection} />}
              </Td>
              <Td className="max-lg:hidden">
                <Owner connection={connection} />
              </Td>
              <Td className="text-right whitespace-nowrap">
                <RowActions connection={connection} trash={props.trash} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

function Identity({ connection, lines = 1 }: { connection: Connection; lines?: 1 | 2 }) {
  const project = useProject();
  const identity = identityLine(connection) || connection.appName;
  return (
    <div className="flex min-w-0 items-center gap-3">
      <AppIcon app={connection.app} />
      <div className="min-w-0 flex-1">
        <Truncate text={connection.name} lines={lines} className="font-[550]">
          {connection.deletedAt ? (
            connection.name
          ) : (
            <Link
              to="/p/$project/connections/$connection"
              params={{ project: project.id, connection: connection.id }}
              className={cn('max-w-full align-bottom hover:underline', lines === 1 && 'inline-block truncate')}
            >
              {connection.name}
            </Link>
          )}
        </Truncate>
        <Truncate text={identity} className="text-xs text-fg3">
          <span className="sr-only">{connection.appName}: </span>
          {identity}
        </Truncate>
      </div>
    </div>
  );
}

function UsedBy({ connection }: { connection: Connection }) {
  const open = useConnectionDialogs();
  if (connection.flowCount === 0) return <span className="text-sm font-medium text-fg3">No flow</span>;
  return (
    <button
      type="button"
      onPointerEnter={() => void loadConnectionDialogs().catch(() => undefined)}
      onClick={() => open?.('usage', connection)}
      aria-label={`${plural(connection.flowCount, 'flow')} ${connection.flowCount === 1 ? 'uses' : 'use'} ${connection.name}`}
      className={cn(linkLooks, 'min-h-6 text-sm tabular-nums')}
    >
      {plural(connection.flowCount, 'flow')}
    </button>
  );
}

function LastUsed({ connection, never = 'never' }: { connection: Connection; never?: string }) {
  if (!connection.lastUsedAt) return <>{never}</>;
  const flow = connection.lastUsedBy?.flow;
  return <TimeAgo at={connection.lastUsedAt} note={flow ? `by ${flow.name}` : undefined} />;
}

function Owner({ connection }: { connection: Connection }) {
  return (
    <Tooltip content={connection.owner.name}>
      <span className="inline-flex">
        <Avatar name={connection.owner.name} />
        <span className="sr-only">{connection.owner.name}</span>
      </span>
    </Tooltip>
  );
}

function RowActions({ connection, trash }: { connection: Connection; trash: boolean }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      {trash ? <RestoreButton connection={connection} /> : <UsefulButton connection={connection} />}
      <ConnectionMenu connection={connection} />
    </span>
  );
}

function RestoreButton({ connection }: { connection: Connection }) {
  const restore = useRestore();
  if (!connection.can.manage) return null;
  return (
    <Button size="sm" busy={restore.isPending} onClick={() => restore.mutate(connection.id)}>
      Restore
    </Button>
  );
}

/** The one button that helps: Reconnect where that repairs it, Check now where only the other side failed. */
function UsefulButton({ connection }: { connection: Connection }) {
  const dialogs = useConnectDialogs();
  const check = useCheck(connection);
  const checking = useChecking(connection.id);
  if (!connection.can.manage) return null;
  const reason = connection.statusReason;
  const theirs = reason === 'provider_unavailable' || reason === 'host_unreachable';
  if (reason === 'unverified' || (isBroken(connection) && theirs)) {
    return (
      <Button size="sm" busy={checking} onClick={() => check.mutate()}>
        Check now
      </Button>
    );
  }
  if (isBroken(connection) || (connection.expiringSoon && !connection.refreshable)) {
    return (
      <Button size="sm" onClick={() => dialogs.reconnect(connection)}>
        Reconnect
      </Button>
    );
  }
  return null;
}

function ConnectionCard({ connection, trash }: { connection: Connection; trash: boolean }) {
  return (
    <li data-row={connection.id} className="flex flex-col gap-2.5 rounded-lg border bg-surface p-3 shadow-low">
      <div className="flex items-start justify-between gap-2">
        <Identity connection={connection} lines={2} />
        <ConnectionMenu connection={connection} />
      </div>
      <div className="flex items-start justify-between gap-2">
        <StatusCell connection={connection} />
        {trash ? <RestoreButton connection={connection} /> : <UsefulButton connection={connection} />}
      </div>
      <p className="flex flex-wrap items-baseline gap-x-1.5 text-xs text-fg3 tabular-nums">
        <UsedBy connection={connection} /> <span aria-hidden>·</span>
        {connection.destroyedAt ? (
          <span>
            destroyed <TimeAgo at={connection.destroyedAt} />
          </span>
        ) : (
          <span>
            {connection.lastUsedAt ? 'last used ' : ''}
            <LastUsed connection={connection} never="never used" />
          </span>
        )}
        <span aria-hidden>·</span>
        <span>{connection.owner.name}</span>
      </p>
    </li>
  );
}

/** Grey rows (cards where there is no room) in the height of real ones. */
export function TableSkeleton() {
  const narrow = useNarrow();
  if (narrow) {
    return (
      <div role="status" aria-label="Loading connections" className="flex flex-col gap-2">
        {Array.from({ length: 5 }, (_, card) => (
          <div key={card} className="flex h-[128px] gap-3 rounded-lg border bg-surface p-3">
            <Skeleton className="size-[34px] rounded-md" />
            <div className="flex flex-1 flex-col gap-2">
              <Skeleton className="h-4 w-2/3" />
              <Skeleton className="h-3 w-1/3" />
              <Skeleton className="mt-auto h-5 w-20 rounded-full" />
            </div>
          </div>
        ))}
      </div>
    );
  }
  return (
    <div role="status" aria-label="Loading connections" className="overflow-hidden rounded-lg border bg-surface shadow-low">
      <div className="h-9 border-b" />
      {Array.from({ length: 8 }, (_, row) => (
        <div key={row} className="flex h-[57px] items-center gap-3 border-b px-3.5 last:border-b-0">
          <Skeleton className="size-[34px] rounded-md" />
          <div className="flex w-[30%] flex-col gap-1.5">
            <Skeleton className="h-3.5 w-40 max-w-full" />
            <Skeleton className="h-3 w-28 max-w-full" />
          </div>
          <Skeleton className="ml-auto h-5 w-20 rounded-full" />
          <Skeleton className="ml-auto h-3.5 w-14" />
          <Skeleton className="ml-auto h-3.5 w-20" />
          <Skeleton className="ml-auto size-6 rounded-full" />
        </div>
      ))}
    </div>
  );
}
