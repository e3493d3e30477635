import { CircleAlert, Unplug } from 'lucide-react';
import { useAppIndex } from '@/features/apps/queries';
import { StepStatusIcon, stepStatusWord } from '@/features/runs/status';
import { cn } from '@/lib/cn';
import { Tooltip } from '@/ui/tooltip';
import { StepIcon } from '../icons';
import { TRIGGER, type FlowDocument } from '../model/document';
import { stepSubtitle, stepTitle, triggerSubtitle, triggerTitle } from '../model/steps';
import { findStep } from '../model/tree';
import type { TileMark } from './context';

/** Name, second line, icon of a step or the trigger. */
export function useTileFace(document: FlowDocument, id: string, webhookUrl: string | null) {
  const apps = useAppIndex();
  const appName = (slug: string): string => apps.get(slug)?.name ?? slug;
  if (id === TRIGGER) {
    const { trigger } = document;
    return {
      title: triggerTitle(trigger),
      subtitle: triggerSubtitle(trigger, webhookUrl, appName),
      kind: trigger.kind,
      app: trigger.kind === 'app' && trigger.app ? trigger.app : undefined,
    };
  }
  const step = findStep(document, id);
  if (!step) return null;
  return {
    title: stepTitle(step),
    subtitle: stepSubtitle(step, document, appName),
    kind: step.kind,
    app: step.app,
  };
}

/** A step's or the trigger's tile: icon, name, what it does, and how it went. */
export function Tile({
  document,
  id,
  webhookUrl,
  mark,
  selected,
  tabIndex = 0,
  className,
  onSelect,
  onFocus,
}: {
  document: FlowDocument;
  id: string;
  webhookUrl: string | null;
  mark: TileMark | undefined;
  selected: boolean;
  tabIndex?: number;
  className?: string;
  /** Without it the tile is only to be looked at. */
  onSelect?: (id: string) => void;
  onFocus?: (id: string) => void;
}) {
  const face = useTileFace(document, id, webhookUrl);
  if (!face) return null;
  const said = [
    mark?.status ? [stepStatusWord(mark.status), mark.note].filter(Boolean).join(' ') : null,
    mark?.broken ? 'connection needs attention' : null,
    mark?.problem && !mark.broken ? 'not complete' : null,
  ].filter(Boolean);
  // What the run did not come to stands back.
  const away = mark?.status === 'SKIPPED' || mark?.status === 'PENDING';
  const fault = mark?.broken ?? mark?.problem;
  const looks = cn(
    'nopan nodrag pointer-events-auto flex h-[58px] w-[288px] items-center gap-3 rounded-lg border border-line-strong bg-surface px-3 text-left shadow-low transition-[border-color,box-shadow]',
    onSelect && 'hover:border-(--control-line)',
    mark?.status === 'FAILED' && 'border-bad/60',
    mark?.status === 'HELD' && 'border-warn/60',
    away && 'border-dashed bg-bg text-fg2 shadow-none',
    selected && 'border-accent border-solid ring-3 ring-accent-weak',
    className,
  );
  const content = (
    <>
      <span className={cn('shrink-0', away && 'opacity-60')}>
        <StepIcon kind={face.kind} app={face.app} />
      </span>
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-left font-[550]">{face.title}</span>
        <span className="block truncate text-xs text-fg3">{face.subtitle}</span>
        {said.length > 0 && <span className="sr-only">, {said.join(', ')}</span>}
      </span>
      {fault && (
        <Tooltip content={fault}>
          <span data-fault={mark?.broken ? 'connection' : 'problem'} className="grid size-5 shrink-0 place-items-center">
            {mark?.broken ? (
              <Unplug aria-hidden className="size-[17px] text-bad" />
            ) : (
              <CircleAlert aria-hidden className="size-[17px] text-warn" />
            )}
          </span>
        </Tooltip>
      )}
      {mark?.note && (
        <span aria-hidden className="shrink-0 text-xs text-fg3 tabular-nums">
          {mark.note}
        </span>
      )}
      {mark?.status && <StepStatusIcon status={mark.status} />}
    </>
  );
  if (!onSelect) return <div className={looks}>{content}</div>;
  return (
    <button
      type="button"
      data-tile={id}
      data-status={mark?.status}
      aria-pressed={selected}
      tabIndex={tabIndex}
      onClick={() => onSelect(id)}
      onFocus={() => onFocus?.(id)}
      className={looks}
    >
      {content}
    </button>
  );
}
