import { TRIGGER, type FlowDocument, type Lane, type Place, type Step } from './document';
import { findStep, laneSteps, lanesOf, placeOf } from './tree';

/** Sizes of the canvas, in its own pixels. */
export const TILE = { width: 288, height: 58 };
/** Between two tiles; the `+` stands in its middle. */
export const GAP = 46;
const LANE_GAP = 28;
const LABEL = { width: 200, height: 24 };
/** From a branch's tile to the bar over its lanes, and from the bar to a lane's label. */
const FORK = 22;
const DROP = 16;
/** From the lowest lane's end to the bar under the lanes. */
const MERGE = 8;
const FRAME = { side: 20, head: 34, foot: 6 };

export interface TileBox {
  kind: 'tile';
  /** Step id, or `trigger`. */
  id: string;
  x: number;
  y: number;
}

export interface AddBox {
  kind: 'add';
  place: Place;
  /** Centre of the button. */
  x: number;
  y: number;
}

export interface LabelBox {
  kind: 'label';
  step: string;
  lane: number | 'otherwise' | 'steps';
  /** Upper left corner. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface FrameBox {
  kind: 'frame';
  step: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A line through points. `to` is the step it leads into, where it leads into one. */
export interface Line {
  points: [number, number][];
  to: string | null;
  /** It leads to nothing but the `+` at the end of a list. */
  tail?: boolean;
}

export interface Layout {
  tiles: TileBox[];
  adds: AddBox[];
  labels: LabelBox[];
  frames: FrameBox[];
  lines: Line[];
  /** All of it lies within; the trigger's centre is at x = 0. */
  bounds: { left: number; right: number; top: number; bottom: number };
}

/** Widths of a list on both sides of its own axis: it need not be symmetrical. */
function blockWidth(steps: readonly Step[]): number {
  return steps.reduce((widest, step) => Math.max(widest, stepWidth(step)), TILE.width);
}

function stepWidth(step: Step): number {
  const lanes = lanesOf(step);
  if (lanes.length === 0) return TILE.width;
  const inner = lanes.reduce((sum, lane) => sum + blockWidth(lane.steps), 0) + LANE_GAP * (lanes.length - 1);
  return Math.max(TILE.width, step.kind === 'loop' ? inner + FRAME.side * 2 : inner);
}

/** Puts every tile, `+`, lane and line of a document in its place: trigger on top, steps under each other. */
export function layout(document: FlowDocument): Layout {
  const out: Layout = {
    tiles: [{ kind: 'tile', id: TRIGGER, x: -TILE.width / 2, y: 0 }],
    adds: [],
    labels: [],
    frames: [],
    lines: [],
    bounds: { left: -TILE.width / 2, right: TILE.width / 2, top: 0, bottom: TILE.height },
  };

  /** Draws a list from `top` down around the axis `x`; returns where it ends. */
  const block = (steps: readonly Step[], lane: Lane, x: number, top: number): number => {
    let y = top;
    steps.forEach((step, index) => {
      out.adds.push({ kind: 'add', place: { ...lane, index }, x, y: y + GAP / 2 });
      out.lines.push({ points: [[x, y], [x, y + GAP]], to: step.id });
      y += GAP;
      out.tiles.push({ kind: 'tile', id: step.id, x: x - TILE.width / 2, y });
      y = inside(step, x, y + TILE.height);
    });
    out.adds.push({ kind: 'add', place: { ...lane, index: steps.length }, x, y: y + GAP / 2 });
    const end = y + GAP / 2 + 11;
    const inBranch = lane.parent !== null && lane.lane !== 'steps';
    out.lines.push({ points: [[x, y], [x, inBranch ? end : y + GAP / 2]], to: null, tail: !inBranch });
    return end;
  };

  /** Draws what a step holds under its tile; returns where the next line begins. */
  const inside = (step: Step, x: number, bottom: number): number => {
    const lanes = lanesOf(step);
    const width = stepWidth(step);
    if (lanes.length === 0) return bottom;
    if (step.kind === 'loop') {
      const top = bottom + FORK;
      const lane = lanes[0];
      out.lines.push({ points: [[x, bottom], [x, top + FRAME.head]], to: null });
      out.labels.push({ kind: 'label', step: step.id, lane: 'steps', x: x - LABEL.width / 2, y: top + (FRAME.head - LABEL.height) / 2, ...LABEL });
      const end = block(lane?.steps ?? [], { parent: step.id, lane: 'steps' }, x, top + FRAME.head) + FRAME.foot + 8;
      out.frames.push({ kind: 'frame', step: step.id, x: x - width / 2, y: top, width, height: end - top });
      grow(x - width / 2, x + width / 2, end);
      return end;
    }
    const total = lanes.reduce((sum, lane) => sum + blockWidth(lane.steps), 0) + LANE_GAP * (lanes.length - 1);
    const bar = bottom + FORK;
    let left = x - total / 2;
    const ends: { x: number; y: number }[] = [];
    for (const lane of lanes) {
      const own = blockWidth(lane.steps);
      const centre = left + own / 2;
      out.lines.push({ points: [[x, bottom], [x, bar], [centre, bar], [centre, bar + DROP + LABEL.height]], to: null });
      out.labels.push({ kind: 'label', step: step.id, lane: lane.lane, x: centre - LABEL.width / 2, y: bar + DROP, ...LABEL });
      ends.push({ x: centre, y: block(lane.steps, { parent: step.id, lane: lane.lane }, centre, bar + DROP + LABEL.height) });
      left += own + LANE_GAP;
    }
    const merge = Math.max(...ends.map((end) => end.y)) + MERGE;
    for (const end of ends) out.lines.push({ points: [[end.x, end.y], [end.x, merge], [x, merge]], to: null });
    grow(x - total / 2, x + total / 2, merge);
    return merge;
  };

  const grow = (left: number, right: number, bottom: number): void => {
    out.bounds.left = Math.min(out.bounds.left, left);
    out.bounds.right = Math.max(out.bounds.right, right);
    out.bounds.bottom = Math.max(out.bounds.bottom, bottom);
  };

  const bottom = block(document.steps, { parent: null }, 0, TILE.height);
  grow(-TILE.width / 2, TILE.width / 2, bottom);
  return out;
}

type Arrow = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight';

/** Tiles in the order of the flow: what follows what, into the first lane and out of the last step of any. */
function below(document: FlowDocument, id: string): string | null {
  if (id === TRIGGER) return document.steps[0]?.id ?? null;
  const step = findStep(document, id);
  const inner = step && lanesOf(step).find((lane) => lane.steps.length > 0)?.steps[0];
  if (inner) return inner.id;
  for (let place = placeOf(document, id); place; place = place.parent === null ? undefined : placeOf(document, place.parent)) {
    const next = laneSteps(document, place)?.[place.index + 1];
    if (next) return next.id;
  }
  return null;
}

function above(document: FlowDocument, id: string): string | null {
  const place = placeOf(document, id);
  if (!place) return null;
  let before = laneSteps(document, place)?.[place.index - 1];
  if (!before) return place.parent ?? TRIGGER;
  for (;;) {
    const inner: Step | undefined = lanesOf(before)
      .find((lane) => lane.steps.length > 0)
      ?.steps.at(-1);
    if (!inner) return before.id;
    before = inner;
  }
}

/** The tile that an arrow key leads to from `id`: up and down along the flow, left and right to the nearest in another lane. */
export function neighbour(document: FlowDocument, boxes: readonly TileBox[], id: string, key: Arrow): string | null {
  if (key === 'ArrowDown') return below(document, id);
  if (key === 'ArrowUp') return above(document, id);
  const from = boxes.find((box) => box.id === id);
  if (!from) return null;
  let best: { id: string; cost: number } | null = null;
  for (const box of boxes) {
    const ahead = key === 'ArrowRight' ? box.x - from.x : from.x - box.x;
    const aside = Math.abs(box.y - from.y);
    if (ahead < TILE.width / 2 || aside > TILE.height * 4) continue;
    const cost = ahead + aside * 2;
    if (!best || cost < best.cost) best = { id: box.id, cost };
  }
  return best?.id ?? null;
}
