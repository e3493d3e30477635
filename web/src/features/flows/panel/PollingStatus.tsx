import { CircleCheck, CirclePause, RefreshCcwDot } from 'lucide-react';
import type { TriggerStatus } from '@/api/types';
import { useConnectDialogs } from '@/features/connect';
import { useConnection } from '@/features/connections';
import { useNow } from '@/lib/hooks';
import { Button } from '@/ui/button';
import { Pill } from '@/ui/pill';
import { Note } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { everyWords } from '../model/polling';

const VIEW = {
  polling: { word: 'Polling', tone: 'ok', icon: CircleCheck },
  paused: { word: 'Paused', tone: 'bad', icon: CirclePause },
  failing: { word: 'Failing', tone: 'warn', icon: RefreshCcwDot },
} as const;

/** How an active flow's polling stands, as colour, icon and word. */
export function PollingPill({ state }: { state: TriggerStatus['state'] }) {
  const { word, tone, icon: Icon } = VIEW[state];
  return (
    <Pill tone={tone} icon={<Icon aria-hidden />}>
      {word}
    </Pill>
  );
}

/** What is wrong with the polling, since when, and the one thing to do about it; nothing while all is well. */
export function PollingNote({ status, className, onLeaving }: { status: TriggerStatus; className?: string; onLeaving?: () => void }) {
  const connection = useConnection(status.state === 'paused' ? status.connection : undefined).data;
  const { reconnect } = useConnectDialogs();
  if (status.state === 'polling') return null;
  // The server says that it does not work, whatever was known of it before.
  const mend = connection && !connection.deletedAt && connection.can.manage;
  return (
    <Note
      tone={status.state === 'paused' ? 'bad' : 'warn'}
      {...(className ? { className } : {})}
      action={
        mend && (
          <Button
            size="sm"
            onClick={() => {
              onLeaving?.();
              reconnect(connection);
            }}
          >
            Reconnect
          </Button>
        )
      }
    >
      {status.state === 'paused' ? 'Polling paused' : 'Polling fails since'} <TimeAgo at={status.since} />
      {'. '}
      {status.message ?? 'The app does not answer as it should.'}{' '}
      {status.state === 'paused'
        ? connection && !connection.can.manage
          ? `Ask ${connection.owner.name} to reconnect it. Nothing is lost.`
          : 'Nothing is lost.'
        : status.nextAt && (
            <>
              The next try is <TimeAgo at={status.nextAt} />.
            </>
          )}
    </Note>
  );
}

/** The whole of it, in the trigger's panel. */
export function PollingStatus({ status, connection, onLeaving }: { status: TriggerStatus; connection: string | undefined; onLeaving: () => void }) {
  const now = useNow();
  // The draft's connection says by itself what is wrong with it.
  const mended = status.state === 'paused' && status.connection === connection;
  return (
    <section aria-label="Polling" className="flex flex-col gap-2 border-t pt-3">
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-fg3">
        <h3 className="text-sm font-[550] text-fg">Published version</h3>
        <PollingPill state={status.state} />
        <span>{everyWords(status.interval)}</span>
      </div>
      {mended ? (
        <p className="text-xs text-fg2">It goes on from where it was once the connection above is reconnected; nothing is lost.</p>
      ) : (
        <PollingNote status={status} onLeaving={onLeaving} />
      )}
      <p className="text-xs text-fg3">
        {status.lastAt ? (
          <>
            Looked <TimeAgo at={status.lastAt} />
          </>
        ) : (
          'Has not looked yet'
        )}
        {status.nextAt &&
          (Date.parse(status.nextAt) - now < 45_000 ? (
            ' · next in a moment'
          ) : (
            <>
              {' · next '}
              <TimeAgo at={status.nextAt} />
            </>
          ))}
      </p>
    </section>
  );
}
