import { createContext, use } from 'react';
import type { StepStatus } from '@/api/types';
import type { FlowDocument, Place } from '../model/document';

/** What a tile shows beside its name. */
export interface TileMark {
  status?: StepStatus | undefined;
  /** How long it took in the run shown, or how often it ran. */
  note?: string | undefined;
  /** What is missing or wrong, as the server says it. */
  problem?: string | undefined;
  /** Why its connection does not work. */
  broken?: string | undefined;
}

export type CanvasCommand = 'open' | 'delete' | 'duplicate' | 'up' | 'down' | 'add' | 'add_before';

export interface CanvasContextValue {
  document: FlowDocument;
  webhookUrl: string | null;
  selected: string | null;
  /** The tile that Tab leads to. */
  active: string;
  marks: ReadonlyMap<string, TileMark>;
  readOnly: boolean;
  onSelect: (id: string) => void;
  onFocusTile: (id: string) => void;
  onAdd: (place: Place) => void;
}

export const CanvasContext = createContext<CanvasContextValue | null>(null);

export function useCanvas(): CanvasContextValue {
  const value = use(CanvasContext);
  if (!value) throw new Error('Canvas parts are used outside a Canvas.');
  return value;
}
