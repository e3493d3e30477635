import { oneOf, search, text, typed } from '@/lib/search';

export const CONNECTION_VIEWS = ['all', 'attention', 'expiring', 'unused', 'mine', 'trash'] as const;
export type ConnectionView = (typeof CONNECTION_VIEWS)[number];

/** Search parameters of the list's address: the view, the filters, the order. All are applied by the server. */
export const connectionListSearch = search({
  view: oneOf(CONNECTION_VIEWS),
  q: typed,
  app: text,
  status: oneOf(['ACTIVE', 'EXPIRED', 'ERROR', 'REVOKED']),
  owner: text,
  sort: text,
  /** A finished connect session, see `useReturnedConnection`. */
  connected: text,
});

export type ConnectionListSearch = ReturnType<typeof connectionListSearch>;

/** Search parameters of one connection's address. */
export const connectionSearch = search({
  tab: oneOf(['overview', 'usage', 'activity', 'settings']),
  connected: text,
});
