import { useConnectDialogs } from '@/features/connect';
import { isBroken, shortReason, useConnection, useRestore } from '@/features/connections';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Note } from '@/ui/states';
import type { RunSummary } from './types';

/** What a held run waits for, and the one thing to do about it. */
export function HeldNote({ run, className }: { run: Pick<RunSummary, 'status' | 'waitingFor'>; className?: string }) {
  const waitingFor = run.waitingFor?.connection;
  const { reconnect } = useConnectDialogs();
  const restore = useRestore();
  const connection = useConnection(waitingFor?.id);
  if (run.status !== 'HELD') return null;
  const known = connection.data;
  if (waitingFor && (known ? known.deletedAt : waitingFor.deletedAt)) {
    return (
      <Note
        tone="warn"
        className={cn('items-center', className)}
        action={
          known?.can.manage && (
            <Button size="sm" busy={restore.isPending} onClick={() => restore.mutate(known.id)}>
              Restore
            </Button>
          )
        }
      >
        <strong className="font-[550]">{waitingFor.name}</strong> was deleted. Restore it, or put another in its place, and the
        run goes on by itself; nothing is lost.
        {known && !known.can.manage && ` Ask ${known.owner.name} to restore it.`}
      </Note>
    );
  }
  return (
    <Note
      tone="warn"
      className={cn('items-center', className)}
      action={
        known && isBroken(known) && known.can.manage ? (
          <Button size="sm" onClick={() => reconnect(known)}>
            Reconnect
          </Button>
        ) : undefined
      }
    >
      {waitingFor ? (
        <>
          Waits for <strong className="font-[550]">{waitingFor.name}</strong>
          {known && isBroken(known) ? ` (${shortReason(known) ?? 'it must be reconnected'}). ` : '. '}
          {known && !isBroken(known) ? 'It works again; the run goes on in a moment.' : 'Once it is reconnected the run goes on by itself; nothing is lost.'}
          {known && isBroken(known) && !known.can.manage && ` Ask ${known.owner.name} to reconnect it.`}
        </>
      ) : (
        'Waits for a connection that must be reconnected. It goes on by itself after that; nothing is lost.'
      )}
    </Note>
  );
}
