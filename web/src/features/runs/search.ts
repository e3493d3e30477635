import { z } from 'zod';

/** Search parameters of the run list's address. */
export const runListSearch = z.object({
  flow: z.string().optional().catch(undefined),
  status: z.enum(['QUEUED', 'RUNNING', 'WAITING', 'HELD', 'SUCCEEDED', 'FAILED', 'CANCELLED']).optional().catch(undefined),
  kind: z.enum(['live', 'test']).optional().catch(undefined),
});

/** Search parameters of one run's address. */
export const runSearch = z.object({ step: z.string().optional().catch(undefined) });
