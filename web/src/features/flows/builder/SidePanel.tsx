import { useMemo } from 'react';
import { useProject } from '@/api/session';
import type { FlowProblem } from '@/api/types';
import { samplesOf } from '@/features/runs/steps';
import type { Run } from '@/features/runs/types';
import { DataContext } from '../fields/context';
import { TRIGGER, type FlowDocument } from '../model/document';
import { sampleGroups, sampleScope } from '../model/samples';
import { stepNames, titleOf } from '../model/steps';
import { updateStep } from '../model/tree';
import { PanelContext } from '../panel/context';
import { StepPanel, type StepPanelProps } from '../panel/StepPanel';
import type { Flow } from '../types';
import type { Draft } from './draft';
import { ResultDock } from './ResultDock';
import { TestPanel } from './TestPanel';

export interface SidePanelProps extends Pick<StepPanelProps, 'onClose' | 'onDelete' | 'onDuplicate' | 'onMove'> {
  flow: Flow;
  draft: Draft;
  document: FlowDocument;
  /** The question before a test or a run; in front of the selected step. */
  asking: 'test' | 'live' | null;
  selected: string | null;
  problems: readonly FlowProblem[];
  /** The test on the canvas. */
  run: Run | undefined;
  /** The run that sample data come from. */
  source: Run | null | undefined;
  /** The item of the app that was loaded as the trigger's sample. */
  item: unknown;
  onStart: (kind: 'test' | 'live', input: unknown) => Promise<void>;
}

/** Beside the canvas, or in the sheet: the selected step's settings, or what a test starts with. */
export function SidePanel({ flow, draft, document, asking, selected, problems, run, source, item, onStart, onClose, ...acts }: SidePanelProps) {
  const project = useProject();
  const readOnly = !flow.can.edit;
  // An item loaded from the app is newer than what any run has shown.
  const samples = useMemo(() => {
    const shown = source ? samplesOf(source) : null;
    return item === undefined ? shown : { steps: shown?.steps ?? {}, trigger: item };
  }, [source, item]);
  const data = useMemo(() => {
    const id = selected ?? TRIGGER;
    return {
      groups: id === TRIGGER ? [] : sampleGroups(document, id, samples, (step) => titleOf(document, step)),
      names: stepNames(document),
      scope: samples ? sampleScope(samples, document, id) : null,
      readOnly,
    };
  }, [document, selected, samples, readOnly]);
  if (asking) {
    return (
      <TestPanel
        key={asking}
        flowId={flow.id}
        document={document}
        sample={samples?.trigger}
        item={item}
        live={asking === 'live'}
        onStart={(input) => onStart(asking, input)}
        onClose={onClose}
      />
    );
  }
  return (
    selected && (
      <PanelContext
        value={{
          flow,
          document,
          webhookUrl: flow.webhookUrl ?? null,
          problems,
          readOnly,
          setStep: (id, change, about) => draft.edit((now) => updateStep(now, id, change), about ?? null),
          setTrigger: (trigger, about) => draft.edit((now) => ({ ...now, trigger }), about ?? null),
          saved: () => draft.saved(),
          flush: () => void draft.flush(),
          returnTo: (step) => `/p/${project.id}/flows/${flow.id}?step=${encodeURIComponent(step)}`,
        }}
      >
        <DataContext value={data}>
          <StepPanel id={selected} onClose={onClose} {...acts} result={run && <ResultDock run={run} document={document} step={selected} />} />
        </DataContext>
      </PanelContext>
    )
  );
}
