import { z } from 'zod';

export const CONNECTION_VIEWS = ['all', 'attention', 'expiring', 'unused', 'mine', 'trash'] as const;
export type ConnectionView = (typeof CONNECTION_VIEWS)[number];

/** Search parameters of the list's address: the view, the filters, the order. All are applied by the server. */
export const connectionListSearch = z.object({
  view: z.enum(CONNECTION_VIEWS).optional().catch(undefined),
  q: z.coerce.string().optional().catch(undefined),
  app: z.string().optional().catch(undefined),
  status: z.enum(['ACTIVE', 'EXPIRED', 'ERROR', 'REVOKED']).optional().catch(undefined),
  owner: z.string().optional().catch(undefined),
  sort: z.string().optional().catch(undefined),
  /** A finished connect session, see `useReturnedConnection`. */
  connected: z.string().optional().catch(undefined),
});

export type ConnectionListSearch = z.infer<typeof connectionListSearch>;

/** Search parameters of one connection's address. */
export const connectionSearch = z.object({
  tab: z.enum(['overview', 'usage', 'activity', 'settings']).optional().catch(undefined),
  connected: z.string().optional().catch(undefined),
});
