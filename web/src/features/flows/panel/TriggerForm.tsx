import { useState } from 'react';
import type { FlowProblem } from '@/api/types';
import { useNow } from '@/lib/hooks';
import { cn } from '@/lib/cn';
import { absoluteTime, relativeTime } from '@/lib/time';
import { Combobox } from '@/ui/combobox';
import { CopyField } from '@/ui/copy';
import { Field, Input, SecretInput } from '@/ui/field';
import { Select } from '@/ui/select';
import { Note } from '@/ui/states';
import { StepIcon } from '../icons';
import { omit, type Trigger, type WebhookAuth } from '../model/document';
import { fromCron, HOURS, MINUTES, nextRuns, ownTimeZone, scheduleWords, timeZones, toCron, WEEKDAYS, type Schedule } from '../model/schedule';
import { newTrigger, TRIGGERS } from '../model/steps';
import { AppTriggerForm } from './AppTriggerForm';
import { usePanel } from './context';

/** What starts the flow. */
export function TriggerForm({ trigger, problems }: { trigger: Trigger; problems: readonly FlowProblem[] }) {
  const { setTrigger, readOnly } = usePanel();
  const [choosing, setChoosing] = useState(false);
  return (
    <>
      <div role="radiogroup" aria-label="What starts this flow" className="grid grid-cols-2 gap-1.5">
        {TRIGGERS.map((each) => {
          const on = each.kind === trigger.kind;
          return (
            <label
              key={each.kind}
              className={cn(
                'flex items-center gap-2.5 rounded-md border p-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
                on ? 'border-accent bg-accent-weak/40' : 'hover:bg-hover',
                readOnly && 'pointer-events-none',
              )}
            >
              <input
                type="radio"
                name="trigger"
                className="sr-only"
                checked={on}
                disabled={readOnly && !on}
                onChange={(event) => {
                  if (readOnly) return;
                  setTrigger(newTrigger(each.kind, ownTimeZone()));
                  // A click leads straight to the events; the arrow keys only pass by.
                  if (each.kind === 'app' && 'detail' in event.nativeEvent && Number(event.nativeEvent.detail) > 0) setChoosing(true);
                }}
              />
              <StepIcon kind={each.kind} size="sm" />
              <span className="min-w-0">
                <span className="block truncate font-[550]">{each.title}</span>
                <span className="sr-only">, {each.text}</span>
              </span>
            </label>
          );
        })}
      </div>
      {trigger.kind !== 'manual' && (
        <p aria-hidden className="-mt-1.5 text-xs text-fg3">
          {TRIGGERS.find((each) => each.kind === trigger.kind)?.text}.
        </p>
      )}
      {trigger.kind === 'webhook' && <WebhookForm trigger={trigger} />}
      {trigger.kind === 'schedule' && <ScheduleForm trigger={trigger} problems={problems} />}
      {trigger.kind === 'app' && <AppTriggerForm trigger={trigger} problems={problems} choosing={choosing} onChoosing={setChoosing} />}
      {trigger.kind === 'manual' && (
        <p className="text-sm text-fg2">Runs when somebody presses Run or calls the API. What they give is there as “Trigger · input”.</p>
      )}
    </>
  );
}

const ANY = 'any';

function WebhookForm({ trigger }: { trigger: Extract<Trigger, { kind: 'webhook' }> }) {
  const { webhookUrl, setTrigger, readOnly } = usePanel();
  const auth = trigger.auth ?? { kind: 'none' };
  const setAuth = (next: WebhookAuth): void => {
    const rest = omit(trigger, 'auth');
    setTrigger(next.kind === 'none' ? rest : { ...rest, auth: next }, 'trigger.auth');
  };
  return (
    <>
      <div className="flex flex-col gap-1.5">
        <span className="text-sm font-[550]">Address</span>
        {webhookUrl ? (
          <CopyField value={webhookUrl} label="webhook address" />
        ) : (
          <p className="text-sm text-fg2">The address appears once the draft is saved.</p>
        )}
        <p className="text-xs text-fg3">It answers calls once the flow is published and active.</p>
      </div>
      <Field label="Method">
        <Select
          value={trigger.method ?? ANY}
          disabled={readOnly}
          options={[{ value: ANY, label: 'Any' }, ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((value) => ({ value, label: value }))]}
          onValueChange={(method) => {
            const rest = omit(trigger, 'method');
            setTrigger(method === ANY ? rest : { ...rest, method });
          }}
        />
      </Field>
      <Field label="Answer" help={trigger.respond === 'after_run' ? 'The caller gets what a “Respond to webhook” step says, or the result of the run.' : 'The caller gets the run’s id.'}>
        <Select
          value={trigger.respond}
          disabled={readOnly}
          options={[
            { value: 'immediately', label: 'At once' },
            { value: 'after_run', label: 'After the run' },
          ]}
          onValueChange={(respond) => setTrigger({ ...trigger, respond })}
        />
      </Field>
      <Field label="Who may call">
        <Select
          value={auth.kind}
          disabled={readOnly}
          options={[
            { value: 'none', label: 'Anyone who knows the address' },
            { value: 'basic', label: 'With user name and password' },
            { value: 'header', label: 'With a secret header' },
          ]}
          onValueChange={(kind) =>
            setAuth(kind === 'basic' ? { kind, username: '' } : kind === 'header' ? { kind, name: 'X-Webhook-Secret' } : { kind })
          }
        />
      </Field>
      {auth.kind === 'basic' && (
        <>
          <Field label="User name" required>
            <Input value={auth.username} readOnly={readOnly} autoComplete="off" onChange={(event) => setAuth({ ...auth, username: event.target.value })} />
          </Field>
          <SecretField label="Password" auth={auth} onChange={setAuth} />
        </>
      )}
      {auth.kind === 'header' && (
        <>
          <Field label="Header name" required>
            <Input value={auth.name} readOnly={readOnly} spellCheck={false} onChange={(event) => setAuth({ ...auth, name: event.target.value })} />
          </Field>
          <SecretField label="Secret value" auth={auth} onChange={setAuth} />
        </>
      )}
    </>
  );
}

type SecretAuth = Exclude<WebhookAuth, { kind: 'none' }>;

/** A secret that the server keeps as a hash only: it can be set anew, never shown. */
function SecretField({ label, auth, onChange }: { label: string; auth: SecretAuth; onChange: (auth: WebhookAuth) => void }) {
  const { readOnly } = usePanel();
  const [typed, setTyped] = useState(auth.secret ?? '');
  const kept = auth.secretHash !== undefined;
  return (
    <Field label={label} required={!kept} help={kept ? 'One is set. Type to replace it.' : 'Only a hash of it is kept; write it down now.'}>
      <SecretInput
        value={typed}
        readOnly={readOnly}
        placeholder={kept ? '••••••••' : ''}
        autoComplete="new-password"
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => {
          if (typed === '' || typed === auth.secret) return;
          onChange({ ...(omit(auth, 'secretHash') as SecretAuth), secret: typed });
        }}
      />
    </Field>
  );
}

const two = (value: number): string => String(value).padStart(2, '0');

function ScheduleForm({ trigger, problems }: { trigger: Extract<Trigger, { kind: 'schedule' }>; problems: readonly FlowProblem[] }) {
  const { setTrigger, readOnly } = usePanel();
  const now = useNow();
  const parsed = fromCron(trigger.cron);
  // Cron chosen by hand stays cron, also while the line happens to have a friendly form.
  const [raw, setRaw] = useState(parsed.every === 'cron');
  const schedule: Schedule = raw ? { every: 'cron', cron: trigger.cron } : parsed;
  const set = (next: Schedule): void => setTrigger({ ...trigger, cron: toCron(next) }, 'trigger.cron');
  const time = 'hour' in schedule ? `${two(schedule.hour)}:${two(schedule.minute)}` : '09:00';
  const runs = nextRuns(trigger.cron, trigger.timezone, now, 3);
  const [zones] = useState(timeZones);
  const error = problems.find((problem) => problem.path.endsWith('cron'))?.message;
  const zoneError = problems.find((problem) => problem.path.endsWith('timezone'))?.message;
  return (
    <>
      <Field label="Runs">
        <Select
          value={schedule.every}
          disabled={readOnly}
          options={[
            { value: 'minutes', label: 'Every few minutes' },
            { value: 'hours', label: 'Every few hours' },
            { value: 'day', label: 'Every day' },
            { value: 'week', label: 'Every week' },
            { value: 'month', label: 'Every month' },
            { value: 'cron', label: 'By a cron expression' },
          ]}
          onValueChange={(every) => {
            setRaw(every === 'cron');
            const at = { hour: 'hour' in parsed ? parsed.hour : 9, minute: 'minute' in parsed ? parsed.minute : 0 };
            if (every === 'minutes') set({ every, n: 15 });
            else if (every === 'hours') set({ every, n: 1, minute: 0 });
            else if (every === 'day') set({ every, ...at });
            else if (every === 'week') set({ every, days: [1], ...at });
            else if (every === 'month') set({ every, day: 1, ...at });
          }}
        />
      </Field>
      {schedule.every === 'minutes' && (
        <Field label="Minutes">
          <Select
            value={String(schedule.n)}
            disabled={readOnly}
            options={MINUTES.map((n) => ({ value: String(n), label: n === 1 ? 'Every minute' : `Every ${n} minutes` }))}
            onValueChange={(n) => set({ every: 'minutes', n: Number(n) })}
          />
        </Field>
      )}
      {schedule.every === 'hours' && (
        <div className="flex gap-2">
          <Field label="Hours" className="flex-1">
            <Select
              value={String(schedule.n)}
              disabled={readOnly}
              options={HOURS.map((n) => ({ value: String(n), label: n === 1 ? 'Every hour' : `Every ${n} hours` }))}
              onValueChange={(n) => set({ ...schedule, n: Number(n) })}
            />
          </Field>
          <Field label="At minute" className="w-28">
            <Input
              type="number"
              min={0}
              max={59}
              readOnly={readOnly}
              value={schedule.minute}
              onChange={(event) => {
                const minute = event.target.valueAsNumber;
                if (Number.isInteger(minute) && minute >= 0 && minute <= 59) set({ ...schedule, minute });
              }}
            />
          </Field>
        </div>
      )}
      {schedule.every === 'week' && (
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1.5 text-sm font-[550]">Days</legend>
          <div className="flex flex-wrap gap-1.5">
            {WEEKDAYS.map((day) => {
              const on = schedule.days.includes(day.value);
              return (
                <button
                  key={day.value}
                  type="button"
                  aria-pressed={on}
                  aria-label={day.label}
                  disabled={readOnly}
                  onClick={() => {
                    const days = on ? schedule.days.filter((each) => each !== day.value) : [...schedule.days, day.value];
                    if (days.length > 0) set({ ...schedule, days });
                  }}
                  className={cn(
                    'h-8 rounded-sm border px-2.5 text-sm font-[550]',
                    on ? 'border-accent bg-accent-weak text-accent' : 'border-line-strong text-fg2 hover:bg-hover',
                  )}
                >
                  {day.short}
                </button>
              );
            })}
          </div>
        </fieldset>
      )}
      {(schedule.every === 'day' || schedule.every === 'week' || schedule.every === 'month') && (
        <div className="flex gap-2">
          {schedule.every === 'month' && (
            <Field label="Day of the month" className="flex-1">
              <Select
                value={String(schedule.day)}
                disabled={readOnly}
                options={Array.from({ length: 31 }, (_, i) => ({ value: String(i + 1), label: String(i + 1) }))}
                onValueChange={(day) => set({ ...schedule, day: Number(day) })}
              />
            </Field>
          )}
          <Field label="Time" className="w-36">
            <Input
              type="time"
              value={time}
              readOnly={readOnly}
              onChange={(event) => {
                const [hour, minute] = event.target.value.split(':').map(Number);
                if (hour !== undefined && minute !== undefined && !Number.isNaN(hour + minute)) set({ ...schedule, hour, minute });
              }}
            />
          </Field>
        </div>
      )}
      {schedule.every === 'month' && schedule.day > 28 && (
        <p className="-mt-2 text-xs text-fg3">In a month without day {schedule.day} it does not run.</p>
      )}
      {schedule.every === 'cron' && (
        <Field label="Cron expression" error={error} help="Minute, hour, day of the month, month, weekday.">
          <Input
            value={trigger.cron}
            readOnly={readOnly}
            spellCheck={false}
            className="font-mono text-sm"
            onChange={(event) => setTrigger({ ...trigger, cron: event.target.value }, 'trigger.cron')}
          />
        </Field>
      )}
      <Field label="Time zone" error={zoneError}>
        <Combobox
          value={trigger.timezone}
          disabled={readOnly}
          searchLabel="Search time zones"
          options={(zones.includes(trigger.timezone) ? zones : [trigger.timezone, ...zones]).map((zone) => ({ value: zone, label: zone.replace(/_/g, ' ') }))}
          onValueChange={(timezone) => setTrigger({ ...trigger, timezone })}
        />
      </Field>
      <Note>
        {runs === null ? (
          <>
            Cron <code className="font-mono">{trigger.cron}</code> in {trigger.timezone}.
          </>
        ) : runs.length === 0 ? (
          'This never comes due within the next five years.'
        ) : (
          <>
            <span className="font-[550] text-fg">{scheduleWords(trigger.cron)}</span>, next:
            <ul>
              {runs.map((at) => (
                <li key={at}>
                  {new Date(at).toLocaleString('en-GB', { timeZone: trigger.timezone, weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })}{' '}
                  <span className="text-fg3" title={absoluteTime(new Date(at).toISOString())}>
                    · {relativeTime(new Date(at).toISOString(), now)}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Note>
    </>
  );
}
