import type { App } from '@/api/types';
import { conditionWords } from './condition';
import { isObject, TRIGGER, type FlowDocument, type Step, type StepKind, type Trigger } from './document';
import { scheduleWords } from './schedule';
import { pillLabel } from './template';
import { freshId, takenIds, walk } from './tree';

/** The steps that are no app's action, as the picker offers them. */
export const BUILT_IN: readonly { kind: StepKind; title: string; text: string; keywords: string }[] = [
  { kind: 'http', title: 'HTTP request', text: 'Call any web address, with or without a connection', keywords: 'api rest webhook call fetch url' },
  { kind: 'branch', title: 'Branch', text: 'Do one thing or another, depending on the data', keywords: 'if else switch condition path router' },
  { kind: 'loop', title: 'Loop', text: 'Do the same for every item of a list', keywords: 'for each repeat iterate items' },
  { kind: 'filter', title: 'Filter', text: 'Go on only if a condition holds', keywords: 'stop continue only if condition' },
  { kind: 'delay', title: 'Delay', text: 'Wait before the next step', keywords: 'sleep pause wait time' },
  { kind: 'set', title: 'Set variables', text: 'Keep values under names of your own', keywords: 'variable assign value store' },
  { kind: 'run_flow', title: 'Run another flow', text: 'Start another flow of this project and use its result', keywords: 'subflow call flow' },
  { kind: 'respond', title: 'Respond to webhook', text: 'Say what the caller of the webhook gets back', keywords: 'answer reply response return' },
];

export const TRIGGERS: readonly { kind: Trigger['kind']; title: string; text: string }[] = [
  { kind: 'manual', title: 'Manual', text: 'Somebody presses Run or calls the API' },
  { kind: 'webhook', title: 'Webhook', text: 'Another system calls a web address' },
  { kind: 'schedule', title: 'Schedule', text: 'Every few minutes, hours, days, or at a time' },
  { kind: 'app', title: 'App event', text: 'Something new in Gmail, Slack, HubSpot…' },
];

/** What the picker has chosen. */
export type Choice =
  | { kind: Exclude<StepKind, 'action'>; app?: string }
  | { kind: 'action'; app: string; action: string; title: string };

/** The input an action begins with: what its schema gives as defaults. */
export function defaultInput(app: App | undefined, action: string): Record<string, never> | Record<string, unknown> {
  const schema = app?.actions.find((each) => each.key === action)?.input;
  const out: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema?.properties ?? {})) {
    if (property.default !== undefined) out[name] = property.default;
  }
  return out;
}

/** A new step for the place where it was asked for, with an id of its own. */
export function newStep(document: FlowDocument, choice: Choice, app?: App): Step {
  const taken = takenIds(document);
  switch (choice.kind) {
    case 'action':
      return {
        id: freshId(choice.action, taken),
        name: choice.title,
        kind: 'action',
        app: choice.app,
        action: choice.action,
        input: defaultInput(app, choice.action) as never,
      };
    case 'http':
      return {
        id: freshId('http', taken),
        kind: 'http',
        ...(choice.app ? { app: choice.app } : {}),
        input: { method: 'GET', url: '', headers: {}, query: {}, body: null },
      };
    case 'branch':
      return { id: freshId('branch', taken), kind: 'branch', branches: [{ when: '', steps: [] }], otherwise: [] };
    case 'loop':
      return { id: freshId('each', taken), kind: 'loop', items: '', steps: [] };
    case 'filter':
      return { id: freshId('filter', taken), kind: 'filter', when: '' };
    case 'delay':
      return { id: freshId('delay', taken), kind: 'delay', input: { minutes: 1 } };
    case 'set':
      return { id: freshId('set', taken), kind: 'set', input: {} };
    case 'run_flow':
      return { id: freshId('run_flow', taken), kind: 'run_flow', input: { flow: '', input: {} } };
    case 'respond':
      return { id: freshId('respond', taken), kind: 'respond', input: { status: 200, body: { ok: true } } };
    default:
      return { id: freshId(choice.kind, taken), kind: choice.kind };
  }
}

export function newTrigger(kind: Trigger['kind'], timezone: string): Trigger {
  switch (kind) {
    case 'manual':
      return { kind };
    case 'webhook':
      return { kind, respond: 'immediately' };
    case 'schedule':
      return { kind, cron: '0 9 * * *', timezone };
    case 'app':
      return { kind, app: '', trigger: '' };
  }
}

export function triggerTitle(trigger: Trigger): string {
  if (trigger.kind === 'app' && trigger.trigger) return words(trigger.trigger);
  return TRIGGERS.find((each) => each.kind === trigger.kind)?.title ?? 'Trigger';
}

/** What a step is called: its own name, else what it does. */
export function stepTitle(step: Step): string {
  if (step.name) return step.name;
  if (step.kind === 'action') return step.action ? words(step.action) : 'Action';
  return BUILT_IN.find((each) => each.kind === step.kind)?.title ?? words(step.kind);
}

function words(key: string): string {
  const text = key.replace(/[_-]+/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names of steps by id, for pills. */
export function stepNames(document: FlowDocument): Map<string, string> {
  return new Map(walk(document.steps).map((step) => [step.id, stepTitle(step)]));
}

export function titleOf(document: FlowDocument, id: string): string {
  if (id === TRIGGER) return triggerTitle(document.trigger);
  const step = walk(document.steps).find((each) => each.id === id);
  return step ? stepTitle(step) : id;
}

/** The second line of a tile. */
export function stepSubtitle(step: Step, document: FlowDocument, appName: (slug: string) => string): string {
  const names = stepNames(document);
  const input = isObject(step.input) ? step.input : {};
  const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
  switch (step.kind) {
    case 'action':
      return step.app ? appName(step.app) : 'App';
    case 'http': {
      const url = text(input['url']).replace(/\{\{(.*?)\}\}/g, (_, source: string) => `‹${pillLabel(source.trim(), names)}›`);
      return [step.app ? appName(step.app) : null, `${text(input['method']) || 'GET'} ${url}`.trim()].filter(Boolean).join(' · ');
    }
    case 'branch': {
      const count = step.branches?.length ?? 0;
      return count === 1 ? 'One case, else otherwise' : `${count} cases, else otherwise`;
    }
    case 'loop':
      return typeof step.items === 'string' && step.items
        ? `For each of ${step.items.replace(/\{\{(.*?)\}\}/g, (_, source: string) => pillLabel(source.trim(), names))}`
        : 'Choose a list';
    case 'filter':
      return conditionWords(step.when, (source) => pillLabel(source, names)) ?? (step.when ? 'Only if a condition holds' : 'Set a condition');
    case 'delay':
      return delayWords(input);
    case 'set': {
      const keys = Object.keys(input);
      return keys.length ? keys.join(', ') : 'No variables yet';
    }
    case 'run_flow':
      return 'Starts a flow and waits for it';
    case 'respond':
      return `Status ${text(input['status']) || '200'}`;
    default:
      return 'Not available in this version';
  }
}

export const UNITS = [
  { value: 'seconds', one: 'second' },
  { value: 'minutes', one: 'minute' },
  { value: 'hours', one: 'hour' },
  { value: 'days', one: 'day' },
] as const;

export type Unit = (typeof UNITS)[number]['value'];

/** The unit a delay is given in; null for one that lasts until a moment. */
export function delayUnit(input: Record<string, unknown>): Unit | null {
  if (input['until'] !== undefined) return null;
  return UNITS.find((each) => input[each.value] !== undefined)?.value ?? 'minutes';
}

function delayWords(input: Record<string, unknown>): string {
  if (input['until'] !== undefined) return input['until'] === '' ? 'Choose until when' : 'Until a moment';
  const given = UNITS.filter((each) => input[each.value] !== undefined && input[each.value] !== '');
  if (given.length === 0) return 'Choose how long';
  return `Wait ${given
    .map((each) => {
      const amount = input[each.value];
      if (typeof amount === 'string' && amount.includes('{{')) return `${each.value} from the data`;
      return `${String(amount)} ${String(amount) === '1' ? each.one : each.value}`;
    })
    .join(' ')}`;
}

export function triggerSubtitle(trigger: Trigger, webhookUrl: string | null | undefined, appName: (slug: string) => string): string {
  switch (trigger.kind) {
    case 'manual':
      return 'Trigger · by hand or API';
    case 'webhook': {
      const path = webhookUrl ? webhookUrl.replace(/^https?:\/\/[^/]+/, '') : '/hooks/…';
      return `Trigger · ${trigger.method ?? 'any method'} ${path}`;
    }
    case 'schedule':
      return `Trigger · ${scheduleWords(trigger.cron)}`;
    case 'app':
      return trigger.app ? `Trigger · ${appName(trigger.app)}` : 'Trigger · choose an app';
  }
}

/** A lane's label: the case's name, its condition in words, or what it is. */
export function laneLabel(step: Step, lane: number | 'otherwise' | 'steps', names: ReadonlyMap<string, string>): string {
  if (lane === 'steps') return 'For each item';
  if (lane === 'otherwise') return 'Otherwise';
  const one = step.branches?.[lane];
  if (one?.name) return one.name;
  const condition = one ? conditionWords(one.when, (source) => pillLabel(source, names)) : null;
  return condition ? `If ${condition}` : `Case ${lane + 1}`;
}
