import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useProject } from '@/api/session';
import type { Connection } from '@/api/types';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { plural } from '@/lib/text';
import { Button } from '@/ui/button';
import { TimeAgo } from '@/ui/time';
import { attentionQuery } from './queries';
import { whatHappened } from './reasons';

/** The broken connection that does most harm, above the list; only when flows are stopped by one. */
export function AttentionStrip({ onShowAll }: { onShowAll: () => void }) {
  const project = useProject();
  const dialogs = useConnectDialogs();
  const broken = useQuery(attentionQuery(project)).data?.data ?? [];
  const harm = (connection: Connection): number => connection.heldRunCount * 1000 + connection.flowCount;
  const worst = broken.filter((each) => each.flowCount > 0).sort((a, b) => harm(b) - harm(a));
  const top = worst[0];
  if (!top) return null;
  const facts = [
    `${plural(top.flowCount, 'flow')} ${top.flowCount === 1 ? 'uses' : 'use'} it`,
    top.heldRunCount > 0 ? `${plural(top.heldRunCount, 'run')} held` : null,
    top.can.manage ? null : `ask ${top.owner.name} to reconnect it`,
  ].filter(Boolean);
  return (
    <section
      aria-label="Needs attention"
      className="flex items-center gap-3 rounded-lg bg-warn-weak px-3 py-2.5 ring-1 ring-warn/25 ring-inset max-md:flex-col max-md:items-stretch"
    >
      <div className="flex min-w-0 flex-1 gap-3">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        <p className="min-w-0 break-words">
          <Link
            to="/p/$project/connections/$connection"
            params={{ project: project.id, connection: top.id }}
            className="font-[620] hover:underline"
          >
            <bdi>{top.name}</bdi>
          </Link>{' '}
          {whatHappened(top)} <TimeAgo at={top.statusSince} />
          <span className="text-sm text-fg2"> · {facts.join(' · ')}</span>
          {worst.length > 1 && (
            <>
              <span className="text-sm text-fg2"> · </span>
              <button type="button" onClick={onShowAll} className="text-sm font-[550] underline underline-offset-2">
                {worst.length - 1} more
              </button>
            </>
          )}
        </p>
      </div>
      {top.can.manage && <Button onClick={() => dialogs.reconnect(top)}>Reconnect</Button>}
    </section>
  );
}
