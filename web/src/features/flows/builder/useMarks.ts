import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import type { FlowProblem, TriggerStatus } from '@/api/types';
import { isBroken, shortReason } from '@/features/connections';
import { connectionQuery } from '@/features/connections/queries';
import { executionMark, executionsById } from '@/features/runs/steps';
import type { Run } from '@/features/runs/types';
import type { TileMark } from '../canvas/context';
import { TRIGGER, type FlowDocument } from '../model/document';
import { connectionsOf, walk } from '../model/tree';

/** What the tiles show: how the run went, what is missing, whose connection does not work. */
export function useMarks(document: FlowDocument, problems: readonly FlowProblem[], run: Run | undefined, polling?: TriggerStatus | null): ReadonlyMap<string, TileMark> {
  const project = useProject();
  const ids = connectionsOf(document);
  const broken = useQueries({
    queries: ids.map((id) => ({ ...connectionQuery(project, id), staleTime: 10_000 })),
    combine: (results) => {
      const out: Record<string, string> = {};
      results.forEach((result, at) => {
        const id = ids[at];
        if (id === undefined) return;
        if (result.data && (isBroken(result.data) || result.data.deletedAt)) {
          out[id] = result.data.deletedAt
            ? `${result.data.name} is in the trash`
            : `${result.data.name}: ${shortReason(result.data) ?? 'must be reconnected'}`;
        } else if (result.error && toApiError(result.error).status === 404) out[id] = 'Its connection is no longer there';
      });
      return out;
    },
  });
  return useMemo(() => {
    const marks = new Map<string, TileMark>();
    const executions = run ? executionsById(run.steps) : null;
    const firstOf = (id: string | null): string | undefined => problems.find((problem) => problem.step === id && problem.code !== 'NO_STEPS')?.message;
    const { trigger } = document;
    marks.set(TRIGGER, {
      status: run ? 'SUCCEEDED' : undefined,
      problem: firstOf(null) ?? (polling && polling.state !== 'polling' ? (polling.message ?? 'Polling fails') : undefined),
      broken: trigger.kind === 'app' && trigger.connection ? broken[trigger.connection.$connection] : undefined,
    });
    for (const step of walk(document.steps)) {
      const done = executions?.get(step.id);
      marks.set(step.id, {
        ...withoutPending(executionMark(done)),
        problem: firstOf(step.id),
        broken: step.connection ? broken[step.connection.$connection] : undefined,
      });
    }
    return marks;
  }, [document, problems, run, broken, polling]);
}

/** A step that is still to come has no mark yet. */
function withoutPending(mark: Pick<TileMark, 'status' | 'note'>): Pick<TileMark, 'status' | 'note'> {
  return mark.status === 'PENDING' ? {} : mark;
}
