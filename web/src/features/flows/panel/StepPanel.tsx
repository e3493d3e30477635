import { ArrowDown, ArrowUp, ChevronRight, Copy, CopyPlus, Trash2, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { FlowProblem } from '@/api/types';
import { cn } from '@/lib/cn';
import { copyText } from '@/ui/copy';
import { IconButton } from '@/ui/button';
import { Field } from '@/ui/field';
import { Note } from '@/ui/states';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { Tooltip } from '@/ui/tooltip';
import { StepIcon } from '../icons';
import { omit, TRIGGER, type Step } from '../model/document';
import { BUILT_IN, stepTitle, triggerTitle } from '../model/steps';
import { findStep } from '../model/tree';
import { usePanel } from './context';
import { NumberInput, StepForm } from './StepForms';
import { TriggerForm } from './TriggerForm';
import { useAppName } from './useAppName';

export interface StepPanelProps {
  id: string;
  onClose: () => void;
  onDelete: (id: string) => void;
  onDuplicate: (id: string) => void;
  onMove: (id: string, by: -1 | 1) => void;
  /** Under the settings: what the last test showed of this step. */
  result?: ReactNode;
}

/** The settings of the selected step or the trigger. */
export function StepPanel({ id, onClose, onDelete, onDuplicate, onMove, result }: StepPanelProps) {
  const { document, readOnly, problems: all } = usePanel();
  const step = id === TRIGGER ? null : findStep(document, id);
  const problems = all.filter((problem) => (id === TRIGGER ? problem.step === null : problem.step === id));
  if (step === undefined) return null;
  return (
    <>
      <div className="flex items-center gap-2.5 border-b px-5 py-3 max-md:px-4">
        <StepIcon
          kind={step ? step.kind : document.trigger.kind}
          app={step ? step.app : document.trigger.kind === 'app' && document.trigger.app ? document.trigger.app : undefined}
        />
        <div className="min-w-0 flex-1">
          {step && <h2 className="sr-only">{stepTitle(step)}</h2>}
          {step ? <StepName key={id} step={step} /> : <h2 className="truncate text-base">{triggerTitle(document.trigger)}</h2>}
          <p className="truncate text-xs text-fg3">{step ? <StepKindLine step={step} /> : 'Trigger: what starts this flow'}</p>
        </div>
        <Tooltip content="Close (Esc)">
          <IconButton label="Close settings" onClick={onClose}>
            <X />
          </IconButton>
        </Tooltip>
      </div>
      {step && !readOnly && (
        <div className="flex items-center gap-1 border-b px-4 py-1">
          <Tooltip content="Move up (Alt+↑)">
            <IconButton label="Move up" onClick={() => onMove(id, -1)}>
              <ArrowUp />
            </IconButton>
          </Tooltip>
          <Tooltip content="Move down (Alt+↓)">
            <IconButton label="Move down" onClick={() => onMove(id, 1)}>
              <ArrowDown />
            </IconButton>
          </Tooltip>
          <Tooltip content="Duplicate (Ctrl+D)">
            <IconButton label="Duplicate step" onClick={() => onDuplicate(id)}>
              <CopyPlus />
            </IconButton>
          </Tooltip>
          <span className="flex-1" />
          <Tooltip content="Delete (Del)">
            <IconButton label="Delete step" variant="danger-ghost" onClick={() => onDelete(id)}>
              <Trash2 />
            </IconButton>
          </Tooltip>
        </div>
      )}
      <div className="min-h-0 flex-1 overflow-y-auto">
        <section aria-label="Step settings" data-step-settings className="flex flex-col gap-4 px-5 py-4 max-md:px-4">
          <UnplacedProblems problems={problems} step={step} />
          {/* Fields keep what is typed but not valid; another step starts with fresh ones. */}
          <div key={id} className="contents">
            {step ? <StepForm step={step} problems={problems} /> : <TriggerForm trigger={document.trigger} problems={problems} />}
          </div>
          {step && <More key={`${id}:more`} step={step} />}
        </section>
      </div>
      {result}
    </>
  );
}

function StepKindLine({ step }: { step: Step }) {
  const appName = useAppName(step.app);
  const kind = BUILT_IN.find((each) => each.kind === step.kind);
  const what = step.kind === 'action' ? stepTitle({ ...step, name: '' }) : kind?.title;
  const said = [step.app ? appName : null, what === stepTitle(step) ? null : what].filter(Boolean).join(' · ');
  return <>{said || kind?.text}</>;
}

function StepName({ step }: { step: Step }) {
  const { setStep, readOnly } = usePanel();
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      aria-label="Step name"
      dir="auto"
      value={typed ?? stepTitle(step)}
      readOnly={readOnly}
      maxLength={80}
      spellCheck={false}
      onChange={(event) => {
        const name = event.target.value;
        setTyped(name);
        if (name.trim() !== '') setStep(step.id, (before) => ({ ...before, name: name.trim() }), `${step.id}.name`);
      }}
      onBlur={() => setTyped(null)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
      className="-mx-1.5 block w-[calc(100%+12px)] truncate text-left rounded-sm border border-transparent bg-transparent px-1.5 text-base font-[620] tracking-[-0.01em] outline-none hover:not-read-only:border-line focus:border-accent focus:bg-surface focus:ring-3 focus:ring-accent-weak read-only:focus:border-transparent read-only:focus:ring-0"
    />
  );
}

/** What the server found that belongs to no field shown here. */
function UnplacedProblems({ problems, step }: { problems: readonly FlowProblem[]; step: Step | null }) {
  const placed = (path: string): boolean =>
    step
      ? /^(connection$|input(\.|$)|when$|items$|parallel$|branches\[)/.test(path) && !(step.kind === 'set' && path.startsWith('input')) && path !== 'input'
      : /cron|timezone|^trigger\.(app|trigger|connection|input)/.test(path);
  const rest = problems.filter((problem) => !placed(problem.path) && problem.code !== 'NO_STEPS');
  if (rest.length === 0) return null;
  return (
    <Note tone="warn">
      {rest.map((problem) => (
        <p key={problem.path + problem.code}>{problem.message}</p>
      ))}
    </Note>
  );
}

const RETRIES = [0, 1, 2, 3, 5, 10] as const;

/** Retry, what happens on an error, and the name expressions use. */
function More({ step }: { step: Step }) {
  const { setStep, readOnly } = usePanel();
  const calls = step.kind === 'http' || step.kind === 'action' || step.kind === 'run_flow';
  const changed = step.retry !== undefined || (step.on_error !== undefined && step.on_error !== 'fail');
  const [open, setOpen] = useState(changed);
  const times = step.retry?.times ?? 0;
  return (
    <div className="border-t pt-3">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="-ml-1 flex items-center gap-1 rounded-sm pr-2 text-sm font-[550] text-fg2 hover:text-fg"
      >
        <ChevronRight aria-hidden className={cn('size-4 transition-transform', open && 'rotate-90')} />
        More
      </button>
      {open && (
        <div className="flex flex-col gap-4 pt-3">
          {calls && (
            <div className="flex gap-2">
              <Field label="If it fails, try again" className="flex-1">
                <Select
                  value={String(times)}
                  disabled={readOnly}
                  options={[...new Set([...RETRIES, times])]
                    .sort((a, b) => a - b)
                    .map((n) => ({ value: String(n), label: n === 0 ? 'Not again' : n === 1 ? 'Once' : `${n} times` }))}
                  onValueChange={(next) =>
                    setStep(step.id, (before) => {
                      const { retry, ...rest } = before;
                      return Number(next) === 0 ? rest : { ...rest, retry: { ...retry, times: Number(next) } };
                    })
                  }
                />
              </Field>
              {times > 0 && (
                <Field label="First wait, seconds" className="w-36">
                  <NumberInput
                    value={step.retry?.delay_seconds ?? 1}
                    min={1}
                    max={3600}
                    onChange={(seconds) => setStep(step.id, (before) => ({ ...before, retry: { times, delay_seconds: seconds } }), `${step.id}.retry`)}
                  />
                </Field>
              )}
            </div>
          )}
          {times > 0 && calls && <p className="-mt-2 text-xs text-fg3">The wait doubles each time.</p>}
          <Field label="If it still fails">
            <Select
              value={step.on_error ?? 'fail'}
              disabled={readOnly}
              options={[
                { value: 'fail', label: 'The run fails' },
                { value: 'continue', label: 'The run goes on', hint: 'The error is the step’s result' },
              ]}
              onValueChange={(next) =>
                setStep(step.id, (before) => {
                  const rest = omit(before, 'on_error');
                  return next === 'fail' ? rest : { ...rest, on_error: next };
                })
              }
            />
          </Field>
          <div className="flex items-center gap-1 text-xs text-fg3">
            In expressions: <code className="font-mono text-fg2">steps.{step.id}</code>
            <IconButton
              label="Copy name for expressions"
              onClick={() => void copyText(`steps.${step.id}`).then((ok) => toast(ok ? { title: 'Copied' } : { tone: 'bad', title: 'The browser did not allow copying.' }))}
            >
              <Copy />
            </IconButton>
          </div>
        </div>
      )}
    </div>
  );
}
