import { useQuery } from '@tanstack/react-query';
import type { FlowProblem } from '@/api/types';
import { appQuery } from '@/features/apps/queries';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { Select } from '@/ui/select';
import { ErrorState, Note, Skeleton } from '@/ui/states';
import { Plus, X } from 'lucide-react';
import { ConditionField } from '../fields/ConditionField';
import { useData } from '../fields/context';
import { KeyValueField } from '../fields/KeyValueField';
import { toNumber, toText } from '../fields/scalar';
import { SchemaForm } from '../fields/SchemaForm';
import { TemplateField } from '../fields/TemplateField';
import { isObject, omit, type Case, type Json, type JsonObject, type Step } from '../model/document';
import { delayUnit, UNITS, type Unit } from '../model/steps';
import { usePanel } from './context';
import { BodyField } from './BodyField';
import { FlowChoice } from './FlowChoice';
import { StepConnection } from './StepConnection';

interface FormProps {
  step: Step;
  problems: readonly FlowProblem[];
}

const at = (problems: readonly FlowProblem[], path: string): string | undefined =>
  problems.find((problem) => problem.path === path)?.message;

const inputOf = (step: Step): JsonObject => (isObject(step.input) ? step.input : {});

/** The form of a step's kind. */
export function StepForm({ step, problems }: FormProps) {
  switch (step.kind) {
    case 'action':
      return <ActionForm step={step} problems={problems} />;
    case 'http':
      return <HttpForm step={step} problems={problems} />;
    case 'branch':
      return <BranchForm step={step} problems={problems} />;
    case 'loop':
      return <LoopForm step={step} problems={problems} />;
    case 'filter':
      return <FilterForm step={step} problems={problems} />;
    case 'delay':
      return <DelayForm step={step} problems={problems} />;
    case 'set':
      return <SetForm step={step} problems={problems} />;
    case 'run_flow':
      return <RunFlowForm step={step} problems={problems} />;
    case 'respond':
      return <RespondForm step={step} problems={problems} />;
    default:
      return <Note tone="warn">This kind of step is not available in this version. Delete it, or leave it to the version that made it.</Note>;
  }
}

function useInput(step: Step) {
  const { setStep } = usePanel();
  return (part: JsonObject, about: string): void =>
    setStep(step.id, (before) => ({ ...before, input: { ...inputOf(before), ...part } }), `${step.id}.${about}`);
}

function ActionForm({ step, problems }: FormProps) {
  const { setStep } = usePanel();
  const app = useQuery({ ...appQuery(step.app ?? ''), enabled: Boolean(step.app) });
  const action = app.data?.actions.find((each) => each.key === step.action);
  if (app.isError) return <ErrorState error={app.error} title="The app did not load" onRetry={() => void app.refetch()} className="px-0 py-6" />;
  if (!app.data) {
    return (
      <>
        <Skeleton className="h-9 w-full" />
        <Skeleton className="h-9 w-full" />
        <Skeleton className="h-20 w-full" />
      </>
    );
  }
  return (
    <>
      {action?.description && <p className="text-sm text-fg2">{action.description}</p>}
      {app.data.authMethods.length > 0 && <StepConnection step={step} problems={problems} />}
      {action ? (
        <SchemaForm
          key={`${step.id}:${step.action ?? ''}`}
          schema={action.input}
          value={step.input}
          input={inputOf(step)}
          connection={step.connection?.$connection ?? null}
          problems={problems}
          path="input"
          onChange={(input) => setStep(step.id, (before) => ({ ...before, input }), `${step.id}.input`)}
        />
      ) : (
        <Note tone="bad">
          {app.data.name} has no action called {step.action ?? '(none)'} in this version. Delete the step and choose another one.
        </Note>
      )}
    </>
  );
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

function HttpForm({ step, problems }: FormProps) {
  const { readOnly } = useData();
  const input = inputOf(step);
  const set = useInput(step);
  const method = toText(input['method']) || 'GET';
  return (
    <>
      <StepConnection step={step} problems={problems} optional />
      <div className="flex items-start gap-2">
        <Field label="Method" className="w-[116px] shrink-0">
          <Select
            value={method as (typeof METHODS)[number]}
            disabled={readOnly}
            options={METHODS.map((value) => ({ value, label: value }))}
            onValueChange={(next) => set({ method: next }, 'method')}
          />
        </Field>
        <TemplateField
          className="flex-1"
          label="URL"
          required
          value={toText(input['url'])}
          placeholder={step.connection ? '/path or https://…' : 'https://…'}
          error={at(problems, 'input.url')}
          onChange={(url) => set({ url }, 'url')}
        />
      </div>
      {step.connection && <p className="-mt-2 text-xs text-fg3">A path goes to the app of the connection. Its credential is attached, only for the app’s own hosts.</p>}
      <KeyValueField label="Query" addLabel="Add query parameter" value={input['query']} onChange={(query) => set({ query }, 'query')} />
      <KeyValueField label="Headers" addLabel="Add header" value={input['headers']} onChange={(headers) => set({ headers }, 'headers')} />
      {method !== 'GET' && method !== 'HEAD' && (
        <BodyField key={step.id} value={input['body'] ?? null} onChange={(body) => set({ body }, 'body')} error={at(problems, 'input.body')} />
      )}
    </>
  );
}

function BranchForm({ step, problems }: FormProps) {
  const { setStep, readOnly } = usePanel();
  const cases = step.branches ?? [];
  return (
    <>
      <p className="text-sm text-fg2">The first case whose condition holds is taken; if none holds, what stands under Otherwise is done.</p>
      {cases.map((one, index) => (
        <div key={index} className="flex flex-col gap-3 rounded-md border p-3">
          <div className="flex items-end gap-2">
            <Field label={`Case ${index + 1}`} className="flex-1">
              <Input
                value={one.name ?? ''}
                placeholder="Name, optional"
                readOnly={readOnly}
                maxLength={80}
                onChange={(event) => {
                  const name = event.target.value;
                  setStep(
                    step.id,
                    (before) => ({ ...before, branches: (before.branches ?? []).map((each, i) => (i === index ? named(each, name) : each)) }),
                    `${step.id}.case.${index}.name`,
                  );
                }}
              />
            </Field>
            {!readOnly && cases.length > 1 && (
              <Button
                variant="ghost"
                icon={<X />}
                onClick={() => setStep(step.id, (before) => ({ ...before, branches: (before.branches ?? []).filter((_, i) => i !== index) }))}
              >
                Remove
              </Button>
            )}
          </div>
          <ConditionField
            key={`${step.id}:${cases.length}:${index}`}
            label="Condition"
            value={one.when}
            error={at(problems, `branches[${index}].when`)}
            onChange={(when) =>
              setStep(
                step.id,
                (before) => ({ ...before, branches: (before.branches ?? []).map((each, i) => (i === index ? { ...each, when } : each)) }),
                `${step.id}.case.${index}.when`,
              )
            }
          />
        </div>
      ))}
      {!readOnly && (
        <Button
          icon={<Plus />}
          className="self-start"
          onClick={() => setStep(step.id, (before) => ({ ...before, branches: [...(before.branches ?? []), { when: '', steps: [] }] }))}
        >
          Add case
        </Button>
      )}
    </>
  );
}

function named(value: Case, name: string): Case {
  const rest = omit(value, 'name');
  return name === '' ? rest : { ...rest, name };
}

function LoopForm({ step, problems }: FormProps) {
  const { setStep } = usePanel();
  return (
    <>
      <TemplateField
        label="List to go through"
        required
        value={toText(step.items as Json | undefined)}
        placeholder="Data that is a list"
        help="Inside the loop, “The current item” is among the data to insert."
        error={at(problems, 'items')}
        onChange={(items) => setStep(step.id, (before) => ({ ...before, items }), `${step.id}.items`)}
      />
      <Field label="At once" help="How many items are worked on at the same time. 1 keeps their order." error={at(problems, 'parallel')}>
        <NumberInput
          value={step.parallel ?? 1}
          min={1}
          max={50}
          onChange={(parallel) => setStep(step.id, (before) => ({ ...before, parallel }), `${step.id}.parallel`)}
        />
      </Field>
    </>
  );
}

/** A whole number within limits; what is outside of them is not taken over. */
export function NumberInput({ value, min, max, onChange }: { value: number; min: number; max: number; onChange: (value: number) => void }) {
  const { readOnly } = useData();
  return (
    <Input
      type="number"
      className="w-28"
      inputMode="numeric"
      min={min}
      max={max}
      value={value}
      readOnly={readOnly}
      onChange={(event) => {
        const next = event.target.valueAsNumber;
        if (Number.isInteger(next) && next >= min && next <= max) onChange(next);
      }}
    />
  );
}

function FilterForm({ step, problems }: FormProps) {
  const { setStep } = usePanel();
  return (
    <>
      <p className="text-sm text-fg2">The run goes on only if this holds. If not, it ends here, successfully.</p>
      <ConditionField
        key={step.id}
        label="Condition"
        value={step.when}
        error={at(problems, 'when')}
        onChange={(when) => setStep(step.id, (before) => ({ ...before, when }), `${step.id}.when`)}
      />
    </>
  );
}

const UNTIL = 'until';

function DelayForm({ step, problems }: FormProps) {
  const { setStep } = usePanel();
  const { readOnly } = useData();
  const input = inputOf(step);
  const unit = delayUnit(input) ?? UNTIL;
  const value = toText(input[unit]);
  const set = (next: Unit | typeof UNTIL, text: string): void =>
    setStep(step.id, (before) => ({ ...before, input: { [next]: next === UNTIL ? text : toNumber(text, true) } }), `${step.id}.delay`);
  const error = at(problems, `input.${unit}`) ?? at(problems, 'input');
  return (
    <>
      <Field label="Wait">
        <Select
          value={unit}
          disabled={readOnly}
          options={[...UNITS.map((each) => ({ value: each.value, label: `For a number of ${each.value}` })), { value: UNTIL, label: 'Until a moment' }]}
          onValueChange={(next) => set(next, next === UNTIL || unit === UNTIL ? (next === UNTIL ? '' : '1') : value)}
        />
      </Field>
      {unit === UNTIL ? (
        <TemplateField
          label="Until"
          required
          value={value}
          placeholder="2026-12-01T09:00:00Z"
          help="A date and time with its zone, or data that is one."
          error={error}
          onChange={(next) => set(UNTIL, next)}
        />
      ) : (
        <TemplateField label={`Number of ${unit}`} required value={value} error={error} onChange={(next) => set(unit, next)} />
      )}
      <p className="text-xs text-fg3">The run waits without using anything, and survives a restart of the server.</p>
    </>
  );
}

const VARIABLE = { test: /^[A-Za-z_]\w*$/, message: 'A name may have letters, digits and _, and begins with a letter.' };

function SetForm({ step }: FormProps) {
  const { setStep } = usePanel();
  return (
    <KeyValueField
      key={step.id}
      label="Variables"
      addLabel="Add variable"
      value={step.input}
      keyPattern={VARIABLE}
      help="Later steps find them among the data as Variables. Setting one again replaces its value."
      onChange={(input) => setStep(step.id, (before) => ({ ...before, input }), `${step.id}.input`)}
    />
  );
}

function RunFlowForm({ step, problems }: FormProps) {
  const { flow } = usePanel();
  const { readOnly } = useData();
  const input = inputOf(step);
  const set = useInput(step);
  return (
    <>
      <FlowChoice
        value={toText(input['flow'])}
        except={flow.id}
        error={at(problems, 'input.flow')}
        onChange={(flow) => set({ flow }, 'flow')}
      />
      <BodyField key={step.id} label="Input" jsonOnly value={input['input'] ?? null} onChange={(value) => set({ input: value }, 'input')} error={at(problems, 'input.input')} />
      <Field label="Afterwards">
        <Select
          value={input['wait'] === false ? 'no' : 'yes'}
          disabled={readOnly}
          options={[
            { value: 'yes', label: 'Wait for it and use its result' },
            { value: 'no', label: 'Go on at once' },
          ]}
          onValueChange={(next) => set({ wait: next === 'yes' }, 'wait')}
        />
      </Field>
    </>
  );
}

function RespondForm({ step, problems }: FormProps) {
  const { document } = usePanel();
  const input = inputOf(step);
  const set = useInput(step);
  const unused = document.trigger.kind === 'webhook' && document.trigger.respond === 'immediately';
  return (
    <>
      {unused && (
        <Note tone="warn">Nobody waits for this answer: the webhook answers at once. Set the trigger to answer after the run.</Note>
      )}
      <TemplateField
        label="Status"
        value={toText(input['status'])}
        placeholder="200"
        error={at(problems, 'input.status')}
        onChange={(status) => set({ status: toNumber(status, true) }, 'status')}
      />
      <KeyValueField label="Headers" addLabel="Add header" value={input['headers']} onChange={(headers) => set({ headers }, 'headers')} />
      <BodyField key={step.id} value={input['body'] ?? null} onChange={(body) => set({ body }, 'body')} error={at(problems, 'input.body')} />
    </>
  );
}
