import type { RunStatus, RunStep, RunSummary } from '@/api/types';
import type { FlowDocument } from '@/features/flows/model/document';

/** A run with what every step did. */
export interface Run extends RunSummary {
  trigger: unknown;
  steps: RunStep[];
  /** The flow document that ran; null when it is no longer kept. */
  document: FlowDocument | null;
  /** The run it repeats. */
  retryOf?: string | null;
  /** When a delay ends. */
  wakeAt?: string | null;
}

/** Whether nothing more will happen to it by itself. */
export function hasEnded(status: RunStatus): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELLED';
}

export type { RunStatus, RunStep, RunSummary };
