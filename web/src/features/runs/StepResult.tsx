import { useState } from 'react';
import type { RunStep } from '@/api/types';
import type { FlowDocument } from '@/features/flows/model/document';
import { duration } from '@/lib/time';
import { plural, sentence } from '@/lib/text';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { Note } from '@/ui/states';
import { TimeAgo } from '@/ui/time';
import { HeldNote } from './HeldNote';
import { plainMessage } from './message';
import { JsonView } from './JsonView';
import { StepStatusPill, stepStatusWord } from './status';
import { iterationLabel } from './steps';
import { hasEnded, type Run } from './types';

/** What one step did in a run: status, duration, input, output, error; one item at a time for a step in a loop. */
export function StepResult({
  run,
  document,
  executions,
  heldTold = false,
}: {
  run: Run;
  document?: FlowDocument;
  executions: readonly RunStep[];
  /** What a held run waits for stands on the page already. */
  heldTold?: boolean;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  // Of many items the one that failed is what is looked for.
  const step =
    executions.find((each) => each.path === chosen) ?? executions.find((each) => each.status === 'FAILED') ?? executions[0];
  if (!step || step.status === 'PENDING') {
    return <p className="text-sm text-fg2">{hasEnded(run.status) ? 'The run did not come to this step.' : 'The run has not come to this step yet.'}</p>;
  }
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-fg3">
        <StepStatusPill status={step.status} />
        {step.durationMs !== null && <span className="tabular-nums">{duration(step.durationMs)}</span>}
        {step.attempts > 1 && <span>{plural(step.attempts, 'attempt')}</span>}
        {step.startedAt && <TimeAgo at={step.startedAt} />}
      </div>
      {executions.length > 1 && (
        <Field label="Which item">
          <Select
            value={step.path}
            options={executions.map((each) => ({ value: each.path, label: `${sentence(iterationLabel(each.path) ?? each.path)} · ${stepStatusWord(each.status).toLowerCase()}` }))}
            onValueChange={setChosen}
          />
        </Field>
      )}
      {step.error && step.status !== 'HELD' && (
        <Note tone="bad">
          <p className="break-words">{plainMessage(step.error.message, document)}</p>
          <p className="font-mono text-xs text-fg2">{step.error.code}</p>
        </Note>
      )}
      {step.status === 'HELD' && !heldTold && <HeldNote run={run} />}
      {step.status === 'SKIPPED' && <p className="text-sm text-fg2">Another branch was taken, or a filter ended the run before it.</p>}
      <Part title="Output" value={step.output} />
      <Part title="Input" value={step.input} />
    </div>
  );
}

function Part({ title, value }: { title: string; value: unknown }) {
  if (value === undefined || value === null) return null;
  return (
    <div className="flex flex-col gap-1">
      <h3 className="text-xs font-[550] text-fg3">{title}</h3>
      <JsonView value={value} label={title} />
    </div>
  );
}

/** What the trigger brought into a run. */
export function TriggerResult({ run }: { run: Run }) {
  return run.trigger === null || run.trigger === undefined ? (
    <p className="text-sm text-fg2">The trigger brought no data.</p>
  ) : (
    <Part title="Output" value={run.trigger} />
  );
}
