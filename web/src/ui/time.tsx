import { cn } from '@/lib/cn';
import { absoluteTime, relativeTime } from '@/lib/time';
import { useNow } from '@/lib/hooks';
import { Tooltip } from './tooltip';
import type { ReactNode } from 'react';

/** "2 min ago", kept current; its tooltip gives the full moment and what `note` adds. */
export function TimeAgo({ at, note, className }: { at: string; note?: ReactNode; className?: string }) {
  const now = useNow();
  return (
    <Tooltip
      content={
        <>
          {absoluteTime(at)}
          {note && <span className="block opacity-80">{note}</span>}
        </>
      }
    >
      <time dateTime={at} className={cn('whitespace-nowrap', className)}>
        {relativeTime(at, now)}
      </time>
    </Tooltip>
  );
}
