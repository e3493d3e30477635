import { createContext, use } from 'react';
import type { FlowProblem } from '@/api/types';
import type { FlowDocument, Step, Trigger } from '../model/document';
import type { Flow } from '../types';

/** What the forms of the step panel know and may do. */
export interface PanelContextValue {
  flow: Flow;
  document: FlowDocument;
  webhookUrl: string | null;
  problems: readonly FlowProblem[];
  readOnly: boolean;
  setStep: (id: string, change: (step: Step) => Step, about?: string) => void;
  setTrigger: (trigger: Trigger, about?: string) => void;
  /** Saves now and fails when the server does not have everything. */
  saved: () => Promise<void>;
  /** Saves now: the page may be left from a connect dialog. */
  flush: () => void;
  /** Where a full-page sign-in for a step returns to. */
  returnTo: (step: string) => string;
}

export const PanelContext = createContext<PanelContextValue | null>(null);

export function usePanel(): PanelContextValue {
  const value = use(PanelContext);
  if (!value) throw new Error('Panel parts are used outside the step panel.');
  return value;
}
