import { Plus } from 'lucide-react';
import { TRIGGER, type FlowDocument, type Lane, type Place, type Step } from '../model/document';
import { laneLabel, stepNames } from '../model/steps';
import { lanesOf } from '../model/tree';
import type { TileMark } from './context';
import { Tile } from './Tile';

export interface StepListProps {
  document: FlowDocument;
  webhookUrl: string | null;
  selected: string | null;
  marks: ReadonlyMap<string, TileMark>;
  readOnly: boolean;
  /** Without it the tiles are only to be looked at. */
  onSelect?: (id: string) => void;
  onAdd?: (place: Place) => void;
}

/** A flow as a list, for narrow screens: the same tiles under each other, lanes set in. */
export function StepList(props: StepListProps) {
  return (
    <div className="flex flex-col">
      <Tile
        document={props.document}
        id={TRIGGER}
        webhookUrl={props.webhookUrl}
        mark={props.marks.get(TRIGGER)}
        selected={props.selected === TRIGGER}
        className="w-full"
        {...(props.onSelect ? { onSelect: props.onSelect } : {})}
      />
      <Block {...props} steps={props.document.steps} lane={{ parent: null }} />
    </div>
  );
}

function Block({ steps, lane, ...props }: StepListProps & { steps: readonly Step[]; lane: Lane }) {
  const names = stepNames(props.document);
  return (
    <>
      {steps.map((step, index) => (
        <div key={step.id} className="contents">
          <Add {...props} place={{ ...lane, index }} />
          <Tile
            document={props.document}
            id={step.id}
            webhookUrl={props.webhookUrl}
            mark={props.marks.get(step.id)}
            selected={props.selected === step.id}
            className="w-full"
            {...(props.onSelect ? { onSelect: props.onSelect } : {})}
          />
          {lanesOf(step).map((inner) => (
            <div
              key={inner.lane}
              role="group"
              aria-label={laneLabel(step, inner.lane, names)}
              className="mt-3 ml-3 flex flex-col border-l-2 border-line-strong pl-3"
            >
              <span aria-hidden className="mb-1 max-w-full self-start truncate rounded-full border bg-sunken px-2.5 py-px text-xs font-[550] text-fg2">
                {laneLabel(step, inner.lane, names)}
              </span>
              <Block {...props} steps={inner.steps} lane={{ parent: step.id, lane: inner.lane }} />
            </div>
          ))}
        </div>
      ))}
      {!props.readOnly && <Add {...props} place={{ ...lane, index: steps.length }} />}
    </>
  );
}

function Add({ readOnly, onAdd, place }: StepListProps & { place: Place }) {
  return (
    <div className="relative grid h-10 place-items-center">
      <span aria-hidden className="absolute inset-y-0 left-1/2 w-px bg-line-strong" />
      {!readOnly && onAdd && (
        <button
          type="button"
          aria-label="Add step"
          onClick={() => onAdd(place)}
          className="relative grid size-7 place-items-center rounded-full border border-line-strong bg-surface text-fg2 hover:border-accent hover:text-accent"
        >
          <Plus aria-hidden className="size-3.5" />
        </button>
      )}
    </div>
  );
}
