import type { StepStatus } from '@/api/types';
import { duration } from '@/lib/time';
import type { FlowDocument } from '@/features/flows/model/document';
import type { TileMark } from '@/features/flows/canvas/context';
import type { Samples } from '@/features/flows/model/samples';
import type { Run, RunStep } from './types';

const WEIGHT: Record<StepStatus, number> = { FAILED: 7, HELD: 6, RUNNING: 5, WAITING: 4, PENDING: 3, SUCCEEDED: 2, SKIPPED: 1 };

/** The executions of each step by id, in the order they happened; a step in a loop has one an item. */
export function executionsById(steps: readonly RunStep[]): Map<string, RunStep[]> {
  const out = new Map<string, RunStep[]>();
  for (const step of steps) {
    const list = out.get(step.id);
    if (list) list.push(step);
    else out.set(step.id, [step]);
  }
  return out;
}

/** One status for all executions of a step: the one that matters most. */
export function overallStatus(executions: readonly RunStep[]): StepStatus | null {
  return executions.reduce<StepStatus | null>(
    (worst, { status }) => (worst === null || WEIGHT[status] > WEIGHT[worst] ? status : worst),
    null,
  );
}

/** What the tile of a step says of its executions: how it went and how long it took, or how often it ran. */
export function executionMark(executions: readonly RunStep[] | undefined): Pick<TileMark, 'status' | 'note'> {
  if (!executions?.length) return {};
  const status = overallStatus(executions) ?? undefined;
  const done = executions.filter((each) => each.status === 'SUCCEEDED' || each.status === 'FAILED');
  if (done.length > 1) return { status, note: `${done.length} times` };
  const ms = done[0]?.durationMs;
  return { status, ...(ms === null || ms === undefined ? {} : { note: duration(ms) }) };
}

/** The positions in loops of an execution: `each[0].inner[2].post` → "item 1 › item 3". */
export function iterationLabel(path: string): string | null {
  const positions = [...path.matchAll(/\[(\d+)\]/g)].map((match) => `item ${Number(match[1]) + 1}`);
  return positions.length ? positions.join(' › ') : null;
}

/** The document that ran; without it its steps under each other, as far as they are known. */
export function documentOf(run: Pick<Run, 'document' | 'steps'>): FlowDocument {
  if (run.document) return run.document;
  const steps = [...executionsById(run.steps).values()].flatMap(([first]) =>
    first ? [{ id: first.id, kind: first.kind, ...(first.name ? { name: first.name } : {}) }] : [],
  );
  return { schema: 1, trigger: { kind: 'manual' }, steps };
}

/** What the run shows of the data, for the picker and previews: the first execution of each step that gave something. */
export function samplesOf(run: Pick<Run, 'trigger' | 'steps'>): Samples {
  const steps: Record<string, unknown> = {};
  for (const step of run.steps) {
    if (step.output !== null && step.output !== undefined && !(step.id in steps)) steps[step.id] = step.output;
  }
  return { trigger: run.trigger ?? undefined, steps };
}
