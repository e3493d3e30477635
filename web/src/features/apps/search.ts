import { z } from 'zod';

/** Search parameters of the catalog's address. */
export const appListSearch = z.object({
  q: z.coerce.string().optional().catch(undefined),
  category: z.string().optional().catch(undefined),
  /** Only apps with connections in this project. */
  connected: z.boolean().optional().catch(undefined),
});
