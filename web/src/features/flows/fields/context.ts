import { createContext, use } from 'react';
import type { SampleGroup } from '../model/samples';

/** What fields with data pills know of the flow around them. */
export interface DataContextValue {
  /** What can be inserted: trigger, loop, earlier steps, variables. */
  groups: readonly SampleGroup[];
  /** Names of steps by id, for pills. */
  names: ReadonlyMap<string, string>;
  /** Sample values as expressions see them; null before any run. */
  scope: unknown;
  readOnly: boolean;
  /** Values are plain: no pills, nothing from data. */
  literal?: boolean;
}

export const DataContext = createContext<DataContextValue>({ groups: [], names: new Map(), scope: null, readOnly: false });

export function useData(): DataContextValue {
  return use(DataContext);
}
