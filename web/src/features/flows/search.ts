import { z } from 'zod';

/** Search parameters of the flow list's address. */
export const flowListSearch = z.object({
  q: z.coerce.string().optional().catch(undefined),
  status: z.enum(['ACTIVE', 'INACTIVE']).optional().catch(undefined),
  connection: z.string().optional().catch(undefined),
});

/** Search parameters of one flow's address. `step` is the selected step; `connected` a finished connect session. */
export const flowSearch = z.object({
  tab: z.enum(['builder', 'runs']).optional().catch(undefined),
  step: z.string().optional().catch(undefined),
  run: z.string().optional().catch(undefined),
  connected: z.string().optional().catch(undefined),
});
