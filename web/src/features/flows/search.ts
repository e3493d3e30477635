import { oneOf, search, text, typed } from '@/lib/search';

/** Search parameters of the flow list's address. */
export const flowListSearch = search({
  q: typed,
  status: oneOf(['ACTIVE', 'INACTIVE']),
  connection: text,
});

/** Search parameters of one flow's address. `step` is the selected step; `connected` a finished connect session. */
export const flowSearch = search({
  tab: oneOf(['builder', 'runs']),
  step: text,
  run: text,
  connected: text,
  /** "Run now…" of the list: the builder opens with its question. */
  ask: oneOf(['live']),
});
