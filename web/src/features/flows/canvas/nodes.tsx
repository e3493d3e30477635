import type { Node, NodeProps } from '@xyflow/react';
import { Plus } from 'lucide-react';
import { Tooltip } from '@/ui/tooltip';
import type { Line } from '../model/layout';
import type { Place } from '../model/document';
import { laneLabel, stepNames } from '../model/steps';
import { findStep, laneSteps } from '../model/tree';
import { useCanvas } from './context';
import { Tile } from './Tile';

export type TileNode = Node<{ id: string }, 'tile'>;
export type AddNode = Node<{ place: Place }, 'add'>;
export type LabelNode = Node<{ step: string; lane: number | 'otherwise' | 'steps' }, 'label'>;
export type FrameNode = Node<{ width: number; height: number }, 'frame'>;
export type LinesNode = Node<{ lines: Line[] }, 'lines'>;

function TileNodeView({ data }: NodeProps<TileNode>) {
  const canvas = useCanvas();
  return (
    <Tile
      document={canvas.document}
      id={data.id}
      webhookUrl={canvas.webhookUrl}
      mark={canvas.marks.get(data.id)}
      selected={canvas.selected === data.id}
      tabIndex={canvas.active === data.id ? 0 : -1}
      onSelect={canvas.onSelect}
      onFocus={canvas.onFocusTile}
    />
  );
}

function AddNodeView({ data }: NodeProps<AddNode>) {
  const canvas = useCanvas();
  const { place } = data;
  const list = laneSteps(canvas.document, place);
  const before = place.index > 0 ? list?.[place.index - 1]?.id : place.parent === null ? 'trigger' : place.parent;
  if (canvas.readOnly) return null;
  return (
    <Tooltip content="Add step" side="right">
      <button
        type="button"
        aria-label="Add step"
        data-add-after={before}
        tabIndex={before === canvas.active ? 0 : -1}
        onClick={() => canvas.onAdd(place)}
        className="nopan nodrag pointer-events-auto relative grid size-[22px] place-items-center rounded-full border border-line-strong bg-surface text-fg2 transition-colors before:absolute before:-inset-1.5 before:content-[''] hover:border-accent hover:bg-accent hover:text-on-accent"
      >
        <Plus aria-hidden className="size-3" />
      </button>
    </Tooltip>
  );
}

function LabelNodeView({ data }: NodeProps<LabelNode>) {
  const canvas = useCanvas();
  const step = findStep(canvas.document, data.step);
  if (!step) return null;
  const text = laneLabel(step, data.lane, stepNames(canvas.document));
  return (
    <div className="grid h-6 w-[200px] place-items-center">
      <span
        title={text}
        className="max-w-full truncate rounded-full border bg-sunken px-2.5 py-px text-xs font-[550] text-fg2"
      >
        {text}
      </span>
    </div>
  );
}

function FrameNodeView({ data }: NodeProps<FrameNode>) {
  return (
    <div
      style={{ width: data.width, height: data.height }}
      className="rounded-xl border border-dashed border-line-strong bg-sunken/50"
    />
  );
}

/** A path with rounded corners through points. */
function rounded(points: [number, number][]): string {
  const corner = 8;
  return points
    .map(([x, y], at) => {
      const before = points[at - 1];
      const after = points[at + 1];
      if (!before) return `M${x} ${y}`;
      if (!after) return `L${x} ${y}`;
      const back = Math.min(corner, Math.hypot(before[0] - x, before[1] - y) / 2);
      const on = Math.min(corner, Math.hypot(after[0] - x, after[1] - y) / 2);
      const from = [x + Math.sign(before[0] - x) * back, y + Math.sign(before[1] - y) * back];
      const to = [x + Math.sign(after[0] - x) * on, y + Math.sign(after[1] - y) * on];
      return `L${from[0]} ${from[1]}Q${x} ${y} ${to[0]} ${to[1]}`;
    })
    .join('');
}

function LinesNodeView({ data }: NodeProps<LinesNode>) {
  const { readOnly } = useCanvas();
  return (
    <svg aria-hidden className="pointer-events-none overflow-visible" width={1} height={1}>
      <g fill="none" className="stroke-line-strong" strokeWidth={1.5}>
        {data.lines.map((line, at) => (line.tail && readOnly ? null : <path key={at} d={rounded(line.points)} />))}
      </g>
    </svg>
  );
}

export const nodeTypes = {
  tile: TileNodeView,
  add: AddNodeView,
  label: LabelNodeView,
  frame: FrameNodeView,
  lines: LinesNodeView,
};
