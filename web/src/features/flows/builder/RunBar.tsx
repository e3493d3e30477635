import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import { useRunActions } from '@/features/runs/queries';
import { RunStatusPill } from '@/features/runs/status';
import { hasEnded, type Run } from '@/features/runs/types';
import { duration } from '@/lib/time';
import { Button, IconButton } from '@/ui/button';
import { toast } from '@/ui/toast';

/** How the test on the canvas stands. */
export function RunBar({ run, onClear }: { run: Run; onClear: () => void }) {
  const project = useProject();
  const { cancel } = useRunActions();
  return (
    <div
      role="status"
      aria-label="Test run"
      className="pointer-events-auto flex max-w-full items-center gap-2.5 rounded-lg border bg-raised py-1.5 pr-1.5 pl-3 text-sm shadow-high"
    >
      <span className="font-[550]">{run.kind === 'test' ? 'Test' : 'Run'}</span>
      <RunStatusPill status={run.status} />
      {run.durationMs !== null && <span className="text-fg3 tabular-nums">{duration(run.durationMs)}</span>}
      {run.error && <span className="min-w-0 truncate text-fg2 max-lg:hidden">{run.error.message}</span>}
      {!hasEnded(run.status) && (
        <Button size="sm" onClick={() => void cancel(run.id).catch((cause: unknown) => toast({ tone: 'bad', title: toApiError(cause).message }))}>
          Cancel
        </Button>
      )}
      <Button size="sm" variant="ghost" asChild>
        <Link to="/p/$project/runs/$run" params={{ project: project.id, run: run.id }}>
          Details
        </Link>
      </Button>
      <IconButton label="Clear test results" onClick={onClear}>
        <X />
      </IconButton>
    </div>
  );
}
