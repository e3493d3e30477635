import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { executionsById } from '@/features/runs/steps';
import { StepResult, TriggerResult } from '@/features/runs/StepResult';
import type { Run } from '@/features/runs/types';
import { cn } from '@/lib/cn';
import { TRIGGER, type FlowDocument } from '../model/document';

/** Under the settings of a step: what the test showed of it. */
export function ResultDock({ run, document, step }: { run: Run; document: FlowDocument; step: string }) {
  const [open, setOpen] = useState(true);
  const executions = executionsById(run.steps).get(step) ?? [];
  return (
    <section aria-label="Step result" className={cn('flex min-h-0 shrink-0 flex-col border-t bg-bg', open && 'max-h-[46%]')}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex items-center justify-between px-5 py-2 text-sm font-[550] max-md:px-4"
      >
        {run.kind === 'test' ? 'Result of the test' : 'Result'}
        <ChevronDown aria-hidden className={cn('size-4 text-fg3 transition-transform', !open && '-rotate-90')} />
      </button>
      {open && (
        <div className="min-h-0 overflow-y-auto px-5 pb-4 max-md:px-4">
          {step === TRIGGER ? <TriggerResult run={run} /> : <StepResult key={step} run={run} document={document} executions={executions} />}
        </div>
      )}
    </section>
  );
}
