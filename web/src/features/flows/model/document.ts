/** The flow document as the API carries it (schema 1). Unknown fields are refused by the server. */

export interface FlowDocument {
  schema: number;
  trigger: Trigger;
  steps: Step[];
}

export type WebhookAuth =
  | { kind: 'none' }
  | { kind: 'basic'; username: string; secret?: string; secretHash?: string }
  | { kind: 'header'; name: string; secret?: string; secretHash?: string };

export type Trigger =
  | { kind: 'manual' }
  | { kind: 'schedule'; cron: string; timezone: string }
  | { kind: 'webhook'; respond: 'immediately' | 'after_run'; auth?: WebhookAuth; method?: string }
  | { kind: 'app'; app: string; trigger: string; connection?: ConnectionRef; input?: Json };

export interface ConnectionRef {
  $connection: string;
}

/** Any JSON value; strings may hold `{{ expressions }}`. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

export type StepKind =
  | 'http'
  | 'action'
  | 'branch'
  | 'loop'
  | 'delay'
  | 'filter'
  | 'set'
  | 'run_flow'
  | 'wait'
  | 'send_email'
  | 'respond';

export interface Step {
  /** What expressions call it: letters, digits, `_`; unique in the flow. */
  id: string;
  name?: string;
  kind: StepKind;
  app?: string;
  action?: string;
  connection?: ConnectionRef;
  input?: Json;
  retry?: { times: number; delay_seconds?: number };
  on_error?: 'fail' | 'continue';
  branches?: Case[];
  otherwise?: Step[];
  items?: Json;
  parallel?: number;
  steps?: Step[];
  when?: Json;
  meta?: JsonObject;
}

/** One case of a branch. */
export interface Case {
  name?: string;
  when: Json;
  steps: Step[];
}

/** A list of steps inside a document: the top level, a case of a branch, its otherwise, the body of a loop. */
export type Lane = { parent: null } | { parent: string; lane: number | 'otherwise' | 'steps' };

/** Where a step stands or is to stand. */
export type Place = Lane & { index: number };

/** How the trigger is called wherever a step's id is asked for. */
export const TRIGGER = 'trigger';

export function emptyDocument(): FlowDocument {
  return { schema: 1, trigger: { kind: 'manual' }, steps: [] };
}

/** Whether a test needs to be told what the trigger brings. */
export function needsInput({ trigger }: FlowDocument): boolean {
  return trigger.kind === 'manual' || trigger.kind === 'webhook';
}

/** A copy without some fields: optional ones are left out rather than undefined. */
export function omit<T extends object, K extends keyof T>(value: T, ...names: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name as K))) as Omit<T, K>;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
