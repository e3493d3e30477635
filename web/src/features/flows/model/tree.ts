import { TRIGGER, type FlowDocument, type Lane, type Place, type Step } from './document';

/** Every step, outer before inner, in the order they stand. */
export function walk(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  const visit = (list: readonly Step[]): void => {
    for (const step of list) {
      out.push(step);
      for (const { steps: inner } of lanesOf(step)) visit(inner);
    }
  };
  visit(steps);
  return out;
}

/** The lists of steps inside a step, in the order they are drawn. */
export function lanesOf(step: Step): { lane: number | 'otherwise' | 'steps'; steps: Step[] }[] {
  if (step.kind === 'branch') {
    return [
      ...(step.branches ?? []).map((each, at) => ({ lane: at, steps: each.steps })),
      { lane: 'otherwise' as const, steps: step.otherwise ?? [] },
    ];
  }
  if (step.kind === 'loop') return [{ lane: 'steps', steps: step.steps ?? [] }];
  return [];
}

export function findStep(document: FlowDocument, id: string): Step | undefined {
  return walk(document.steps).find((step) => step.id === id);
}

function withLane(step: Step, lane: number | 'otherwise' | 'steps', steps: Step[]): Step {
  if (lane === 'otherwise') return { ...step, otherwise: steps };
  if (lane === 'steps') return { ...step, steps };
  return { ...step, branches: (step.branches ?? []).map((each, at) => (at === lane ? { ...each, steps } : each)) };
}

/** The document with `change` applied to every list of steps, innermost first. */
function mapLists(document: FlowDocument, change: (steps: Step[], lane: Lane) => Step[]): FlowDocument {
  const visit = (steps: Step[], lane: Lane): Step[] => {
    let same = true;
    const next = steps.map((step) => {
      let changed = step;
      for (const inner of lanesOf(step)) {
        const result = visit(inner.steps, { parent: step.id, lane: inner.lane });
        if (result !== inner.steps) changed = withLane(changed, inner.lane, result);
      }
      if (changed !== step) same = false;
      return changed;
    });
    return change(same ? steps : next, lane);
  };
  const steps = visit(document.steps, { parent: null });
  return steps === document.steps ? document : { ...document, steps };
}

export function sameLane(a: Lane, b: Lane): boolean {
  if (a.parent === null || b.parent === null) return a.parent === b.parent;
  return a.parent === b.parent && a.lane === b.lane;
}

/** Where a step stands; undefined when there is none of that id. */
export function placeOf(document: FlowDocument, id: string): Place | undefined {
  let found: Place | undefined;
  const visit = (steps: readonly Step[], lane: Lane): void => {
    steps.forEach((step, index) => {
      if (step.id === id) found = { ...lane, index };
      for (const inner of lanesOf(step)) visit(inner.steps, { parent: step.id, lane: inner.lane });
    });
  };
  visit(document.steps, { parent: null });
  return found;
}

/** The place right after a step, or the first place for the trigger. */
export function placeAfter(document: FlowDocument, id: string): Place {
  if (id === TRIGGER) return { parent: null, index: 0 };
  const place = placeOf(document, id);
  return place ? { ...place, index: place.index + 1 } : { parent: null, index: document.steps.length };
}

/** The steps of one list; undefined when the lane is not there (any more). */
export function laneSteps(document: FlowDocument, lane: Lane): Step[] | undefined {
  if (lane.parent === null) return document.steps;
  const parent = findStep(document, lane.parent);
  return parent && lanesOf(parent).find((each) => each.lane === lane.lane)?.steps;
}

export function insertStep(document: FlowDocument, place: Place, step: Step): FlowDocument {
  return mapLists(document, (steps, lane) =>
    sameLane(lane, place) ? [...steps.slice(0, place.index), step, ...steps.slice(place.index)] : steps,
  );
}

export function removeStep(document: FlowDocument, id: string): FlowDocument {
  return mapLists(document, (steps) => (steps.some((step) => step.id === id) ? steps.filter((step) => step.id !== id) : steps));
}

export function updateStep(document: FlowDocument, id: string, change: (step: Step) => Step): FlowDocument {
  return mapLists(document, (steps) =>
    steps.some((step) => step.id === id) ? steps.map((step) => (step.id === id ? change(step) : step)) : steps,
  );
}

/** Moves a step one place up or down within its list; the same document when it stands at that end. */
export function moveStep(document: FlowDocument, id: string, by: -1 | 1): FlowDocument {
  return mapLists(document, (steps) => {
    const from = steps.findIndex((step) => step.id === id);
    const to = from + by;
    if (from < 0 || to < 0 || to >= steps.length) return steps;
    const next = [...steps];
    const [step] = next.splice(from, 1);
    if (step) next.splice(to, 0, step);
    return next;
  });
}

/** An id that no step has yet, made of `wish`: letters, digits, `_`, beginning with a letter. */
export function freshId(wish: string, taken: ReadonlySet<string>): string {
  const shaped = wish
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 48);
  const base = shaped === '' || shaped === 'trigger' ? 'step' : shaped;
  if (!taken.has(base)) return base;
  for (let n = 2; ; n += 1) {
    const id = `${base}_${n}`;
    if (!taken.has(id)) return id;
  }
}

export function takenIds(document: FlowDocument): Set<string> {
  return new Set(walk(document.steps).map((step) => step.id));
}

/** A copy of a step and of all inside it under new ids; references among the copied steps follow. */
export function copyStep(document: FlowDocument, step: Step): Step {
  const taken = takenIds(document);
  const renamed = new Map<string, string>();
  for (const each of walk([step])) {
    const id = freshId(each.id.replace(/_\d+$/, ''), taken);
    taken.add(id);
    renamed.set(each.id, id);
  }
  const text = (value: string): string =>
    value.replace(/\bsteps\.([A-Za-z]\w*)/g, (whole, id: string) => {
      const to = renamed.get(id);
      return to ? `steps.${to}` : whole;
    });
  const visit = (value: unknown, key?: string): unknown => {
    if (typeof value === 'string') return key === 'id' ? value : text(value);
    if (Array.isArray(value)) return value.map((item) => visit(item));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, visit(item, name)]));
    }
    return value;
  };
  const rename = (each: Step): Step => ({
    ...each,
    id: renamed.get(each.id) ?? each.id,
    ...(each.branches ? { branches: each.branches.map((one) => ({ ...one, steps: one.steps.map(rename) })) } : {}),
    ...(each.otherwise ? { otherwise: each.otherwise.map(rename) } : {}),
    ...(each.steps ? { steps: each.steps.map(rename) } : {}),
  });
  return rename(visit(step) as Step);
}

/** Puts a copy of a step right after it. Returns the document and the copy's id. */
export function duplicateStep(document: FlowDocument, id: string): { document: FlowDocument; id: string } | undefined {
  const step = findStep(document, id);
  const place = placeOf(document, id);
  if (!step || !place) return undefined;
  const copy = copyStep(document, step);
  return { document: insertStep(document, { ...place, index: place.index + 1 }, copy), id: copy.id };
}

/**
 * The steps whose output a step may use: those that come before it, on its own way through the branches, with
 * what stood inside earlier branches (not loops: their steps have one output an item).
 */
export function stepsBefore(document: FlowDocument, id: string): Step[] {
  let found: Step[] | undefined;
  const inside = (step: Step): Step[] =>
    step.kind === 'branch' ? lanesOf(step).flatMap((lane) => lane.steps.flatMap((each) => [each, ...inside(each)])) : [];
  const visit = (steps: readonly Step[], seen: Step[]): void => {
    let before = seen;
    for (const step of steps) {
      if (step.id === id) found = before;
      if (found) return;
      for (const lane of lanesOf(step)) visit(lane.steps, before);
      before = [...before, step, ...inside(step)];
    }
  };
  visit(document.steps, []);
  return found ?? [];
}

/** The loops around a step, outermost first. */
export function loopsAround(document: FlowDocument, id: string): Step[] {
  const out: Step[] = [];
  let place = placeOf(document, id);
  while (place && place.parent !== null) {
    const parent = findStep(document, place.parent);
    if (parent?.kind === 'loop') out.unshift(parent);
    place = placeOf(document, place.parent);
  }
  return out;
}

/** The ids of connections that a document names, each once. */
export function connectionsOf(document: FlowDocument): string[] {
  const ids = walk(document.steps).map((step) => step.connection?.$connection);
  if (document.trigger.kind === 'app') ids.push(document.trigger.connection?.$connection);
  return [...new Set(ids.filter((id): id is string => id !== undefined))];
}
