import { RefreshCw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Connection } from '@/api/types';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { cn } from '@/lib/cn';
import { shortDate } from '@/lib/time';
import { Button } from '@/ui/button';
import { Popover } from '@/ui/popover';
import { TimeAgo } from '@/ui/time';
import { Truncate } from '@/ui/truncate';
import { useCheck, useChecking, useRestore } from './actions';
import { ConnectionStatusPill } from './ConnectionStatusPill';
import { healthSentence, shortReason } from './reasons';
import { isBroken } from './status';

function Line({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-fg3">{term}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  );
}

/** The status pill as a button; its panel tells the reason, since when, what comes next, and offers the way out. */
export function StatusPopover({ connection }: { connection: Connection }) {
  const checking = useChecking(connection.id);
  const [open, setOpen] = useState(false);
  const Panel = connection.deletedAt ? TrashPanel : HealthPanel;
  return (
    <Popover
      label={`Status of ${connection.name}`}
      open={open}
      onOpenChange={setOpen}
      trigger={
        <button type="button" className="inline-flex min-h-6 items-center rounded-full transition-[filter] hover:brightness-95 dark:hover:brightness-125">
          <ConnectionStatusPill connection={connection} checking={checking} />
        </button>
      }
    >
      <Panel connection={connection} onClose={() => setOpen(false)} />
    </Popover>
  );
}

interface PanelProps {
  connection: Connection;
  onClose: () => void;
}

function HealthPanel({ connection, onClose }: PanelProps) {
  const dialogs = useConnectDialogs();
  const checking = useChecking(connection.id);
  const check = useCheck(connection);
  return (
    <div className="flex flex-col gap-3">
      <p>{healthSentence(connection)}</p>
      <dl className="flex flex-col gap-1.5 text-xs">
        {connection.providerError && (
          <Line term={`${connection.appName} says`}>
            <code className="font-mono">{connection.providerError}</code>
          </Line>
        )}
        <Line term="Since">
          <TimeAgo at={connection.statusSince} />
        </Line>
        {connection.expiresAt && (
          <Line term={connection.refreshable ? 'Sign-in valid until' : 'Ends'}>
            <TimeAgo at={connection.expiresAt} />
          </Line>
        )}
        {connection.nextRefreshAt && !isBroken(connection) && (
          <Line term="Next renewal">
            <TimeAgo at={connection.nextRefreshAt} />
          </Line>
        )}
      </dl>
      {connection.can.manage && (
        <div className="flex gap-2">
          <Button
            size="sm"
            variant={isBroken(connection) ? 'primary' : 'default'}
            onClick={() => {
              onClose();
              dialogs.reconnect(connection);
            }}
          >
            Reconnect
          </Button>
          <Button size="sm" icon={<RefreshCw />} busy={checking} onClick={() => check.mutate()}>
            Check now
          </Button>
        </div>
      )}
    </div>
  );
}

/** In the trash nothing about its health counts, and all but Restore would be refused. */
function TrashPanel({ connection, onClose }: PanelProps) {
  const restore = useRestore();
  if (!connection.deletedAt) return null;
  return (
    <div className="flex flex-col gap-3">
      <p>
        Deleted <TimeAgo at={connection.deletedAt} />
        {connection.destroyedAt && `; its credential is destroyed on ${shortDate(connection.destroyedAt)}`}.
      </p>
      {connection.can.manage && (
        <div className="flex gap-2">
          <Button size="sm" busy={restore.isPending} onClick={() => restore.mutate(connection.id, { onSuccess: onClose })}>
            Restore
          </Button>
        </div>
      )}
    </div>
  );
}

/** The pill with its reason under it, as the list shows it. */
export function StatusCell({ connection, className }: { connection: Connection; className?: string }) {
  const reason = shortReason(connection);
  return (
    <div className={cn('flex flex-col items-start gap-0.5', className)}>
      <StatusPopover connection={connection} />
      {reason && <Truncate text={reason} lines={2} className="text-xs text-fg3" />}
    </div>
  );
}
