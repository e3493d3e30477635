import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import { plainMessage } from '@/features/runs/message';
import { useRunActions } from '@/features/runs/queries';
import { RunStatusPill } from '@/features/runs/status';
import { hasEnded, type Run } from '@/features/runs/types';
import { duration } from '@/lib/time';
import { Button, IconButton } from '@/ui/button';
import { toast } from '@/ui/toast';
import type { FlowDocument } from '../model/document';
import { titleOf } from '../model/steps';
import { findStep } from '../model/tree';

/** How the test on the canvas stands. */
export function RunBar({ run, document, onShow, onClear }: { run: Run; document: FlowDocument; onShow: (step: string) => void; onClear: () => void }) {
  const project = useProject();
  const { cancel } = useRunActions();
  const failed = run.steps.find((step) => step.status === 'FAILED' && findStep(document, step.id))?.id;
  return (
    <div
      role="status"
      aria-label="Test run"
      className="pointer-events-auto flex max-w-full items-center gap-2.5 rounded-lg border bg-raised py-1.5 pr-1.5 pl-3 text-sm shadow-high"
    >
      <span className="font-[550]">{run.kind === 'test' ? 'Test' : 'Run'}</span>
      <RunStatusPill status={run.status} />
      {run.durationMs !== null && <span className="whitespace-nowrap text-fg3 tabular-nums">{duration(run.durationMs)}</span>}
      {run.error &&
        (failed ? (
          <button
            type="button"
            title={plainMessage(run.error.message, document)}
            onClick={() => onShow(failed)}
            className="min-w-0 truncate rounded-sm text-left text-fg2 underline decoration-line-strong underline-offset-2 hover:text-fg"
          >
            {titleOf(document, failed)}: {plainMessage(run.error.message, document)}
          </button>
        ) : (
          <span className="min-w-0 truncate text-fg2">{plainMessage(run.error.message, document)}</span>
        ))}
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
