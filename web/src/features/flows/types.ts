import type { FlowProblem, FlowSummary, FlowVersion, Ref } from '@/api/types';
import type { FlowDocument } from './model/document';

/** One flow with its draft. */
export interface Flow extends FlowSummary {
  draft: FlowDocument;
  /** Goes up with every save; what `If-Match` is compared with. */
  draftRevision: number;
  /** Whether the draft says something else than the published version. */
  draftChanged: boolean;
  webhookUrl?: string | null;
  problems: FlowProblem[];
  can: { edit: boolean; run: boolean };
}

/** A published version with what it ran. */
export interface FlowVersionDocument extends FlowVersion {
  document: FlowDocument;
}

export type { FlowProblem, FlowSummary, FlowVersion, Ref };
