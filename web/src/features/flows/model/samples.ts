import type { FlowDocument, Json } from './document';
import { isObject } from './document';
import { onlyExpression, pathOf, pathSource, valueAt, type Segment } from './template';
import { findStep, loopsAround, stepsBefore } from './tree';

/** What a run has shown of the data: the trigger's, and each step's output by id. */
export interface Samples {
  trigger: unknown;
  steps: Record<string, unknown>;
}

/** Samples in the shape expressions see them, with `loop` for a step that stands in one. */
export function sampleScope(samples: Samples, document: FlowDocument, stepId: string): Record<string, unknown> {
  const scope: Record<string, unknown> = { trigger: triggerScope(samples.trigger, document), steps: samples.steps };
  for (const loop of loopsAround(document, stepId)) {
    const source = onlyExpression(loop.items);
    const path = source ? pathOf(source) : null;
    const items = path ? valueAt(scope, path) : loop.items;
    if (Array.isArray(items) && items.length > 0) scope['loop'] = { item: items[0] as unknown, index: 0 };
  }
  return scope;
}

/** As the engine shows it: what is neither a request nor an app's item is also there as a whole under `input`. */
function triggerScope(trigger: unknown, document: FlowDocument): unknown {
  if (document.trigger.kind === 'webhook' || document.trigger.kind === 'app' || trigger === undefined) return trigger;
  if (!isObject(trigger)) return { input: trigger };
  return 'input' in trigger ? trigger : { ...trigger, input: trigger };
}

/** One entry of the data picker. */
export interface SampleNode {
  /** The expression that stands for it. */
  source: string;
  label: string;
  depth: number;
  /** One line of its value. */
  preview: string;
  kind: 'text' | 'number' | 'boolean' | 'empty' | 'list' | 'object';
  children: number;
}

export interface SampleGroup {
  /** `trigger`, `loop`, `vars` or a step id. */
  id: string;
  title: string;
  app?: string | undefined;
  kind: string;
  /** Empty until a test has shown something. */
  nodes: SampleNode[];
  tested: boolean;
}

const MOST = 400;
const DEEPEST = 8;

/** The entries of one value, each right before its children. Lists show their first item. */
export function sampleNodes(value: unknown, root: readonly Segment[], rootLabel: string): SampleNode[] {
  const out: SampleNode[] = [];
  const visit = (item: unknown, path: Segment[], label: string, depth: number): void => {
    if (out.length >= MOST) return;
    const entries: [Segment, unknown][] = Array.isArray(item)
      ? item.slice(0, 1).map((first): [Segment, unknown] => [0, first])
      : isObject(item)
        ? Object.entries(item)
        : [];
    out.push({
      source: pathSource(path),
      label,
      depth,
      preview: previewOf(item),
      kind: kindOf(item),
      children: depth < DEEPEST ? entries.length : 0,
    });
    if (depth < DEEPEST) {
      for (const [key, inner] of entries) visit(inner, [...path, key], typeof key === 'number' ? 'first item' : key, depth + 1);
    }
  };
  visit(value, [...root], rootLabel, 0);
  return out;
}

function kindOf(value: unknown): SampleNode['kind'] {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}

export function previewOf(value: unknown): string {
  if (value === undefined) return '';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? 'item' : 'items'}`;
  if (isObject(value)) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The groups of the data picker for one step (or `trigger`, which sees nothing): trigger, loop, earlier steps, variables. */
export function sampleGroups(
  document: FlowDocument,
  stepId: string,
  samples: Samples | null,
  titleOf: (id: string) => string,
): SampleGroup[] {
  const before = stepsBefore(document, stepId);
  const scope = samples ? sampleScope(samples, document, stepId) : null;
  const groups: SampleGroup[] = [];
  const triggerValue = scope?.['trigger'];
  groups.push({
    id: 'trigger',
    title: titleOf('trigger'),
    kind: document.trigger.kind,
    nodes: sampleNodes(triggerValue ?? triggerShape(document), ['trigger'], 'Everything from the trigger'),
    tested: triggerValue !== undefined,
  });
  const around = loopsAround(document, stepId);
  const loop = around.at(-1);
  if (loop) {
    const value = scope?.['loop'] as { item: unknown; index: number } | undefined;
    groups.push({
      id: 'loop',
      title: titleOf(loop.id),
      kind: 'loop',
      nodes: [
        ...sampleNodes(value?.item, ['loop', 'item'], 'The current item'),
        ...sampleNodes(value?.index ?? 0, ['loop', 'index'], 'Its position, from 0'),
      ],
      tested: value !== undefined,
    });
  }
  const variables: Record<string, Json> = {};
  for (const step of before) {
    if (step.kind === 'set') {
      if (isObject(step.input)) Object.assign(variables, step.input);
      continue;
    }
    if (step.kind === 'filter' || step.kind === 'delay' || step.kind === 'respond' || step.kind === 'branch') continue;
    const output = samples?.steps[step.id];
    groups.push({
      id: step.id,
      title: titleOf(step.id),
      app: findStep(document, step.id)?.app,
      kind: step.kind,
      nodes: sampleNodes(output ?? shape(step.kind), ['steps', step.id], 'The whole result'),
      tested: output !== undefined,
    });
  }
  const names = Object.keys(variables);
  if (names.length > 0) {
    groups.push({
      id: 'vars',
      title: 'Variables',
      kind: 'set',
      nodes: names.flatMap((name) => sampleNodes(variables[name], ['vars', name], name)),
      tested: true,
    });
  }
  return groups;
}

/** What is known of the output before any test. */
function shape(kind: string): unknown {
  return kind === 'http' ? { status: undefined, headers: {}, body: undefined } : undefined;
}

function triggerShape(document: FlowDocument): unknown {
  return document.trigger.kind === 'webhook' ? { method: undefined, headers: {}, query: {}, body: undefined } : undefined;
}
