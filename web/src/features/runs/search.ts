import { oneOf, search, text } from '@/lib/search';

/** Search parameters of the run list's address. */
export const runListSearch = search({
  flow: text,
  status: oneOf(['QUEUED', 'RUNNING', 'WAITING', 'HELD', 'SUCCEEDED', 'FAILED', 'CANCELLED']),
  kind: oneOf(['live', 'test']),
});

/** Search parameters of one run's address. */
export const runSearch = search({ step: text });
