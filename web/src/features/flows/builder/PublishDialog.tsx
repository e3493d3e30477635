import type { FlowProblem } from '@/api/types';
import { CircleAlert } from 'lucide-react';
import { Dialog, DialogClose } from '@/ui/dialog';
import { StepIcon } from '../icons';
import { TRIGGER, type FlowDocument } from '../model/document';
import { titleOf } from '../model/steps';
import { findStep } from '../model/tree';
import { plural } from '@/lib/text';

/** What keeps a flow from being published, by step; a click leads there. */
export function PublishDialog({
  open,
  onOpenChange,
  problems,
  document,
  onJump,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  problems: readonly FlowProblem[];
  document: FlowDocument;
  onJump: (problem: FlowProblem) => void;
}) {
  const order = [...new Set(problems.map((problem) => problem.step ?? TRIGGER))];
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Not ready yet"
      description={`${plural(problems.length, 'thing')} ${problems.length === 1 ? 'is' : 'are'} missing. Choose one to go there.`}
      footer={<DialogClose>Close</DialogClose>}
    >
      <ul className="flex flex-col gap-3">
        {order.map((id) => {
          const step = findStep(document, id);
          const whole = id === TRIGGER && problems.every((problem) => problem.step !== null || problem.code === 'NO_STEPS');
          return (
            <li key={id} className="rounded-md border">
              <p className="flex items-center gap-2.5 border-b bg-sunken px-3 py-2 font-[550]">
                <StepIcon kind={step ? step.kind : document.trigger.kind} app={step ? step.app : document.trigger.kind === 'app' && document.trigger.app ? document.trigger.app : undefined} size="xs" />
                {whole ? 'The flow' : titleOf(document, id)}
              </p>
              <ul>
                {problems
                  .filter((problem) => (problem.step ?? TRIGGER) === id)
                  .map((problem) => (
                    <li key={problem.path + problem.code + problem.message}>
                      <button
                        type="button"
                        onClick={() => onJump(problem)}
                        className="flex w-full items-start gap-2.5 rounded-sm px-3 py-2 text-left text-sm hover:bg-hover"
                      >
                        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
                        {problem.message}
                      </button>
                    </li>
                  ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
