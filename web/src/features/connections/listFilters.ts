import type { ConnectionFilters } from './queries';
import type { ConnectionListSearch } from './search';

/** Rows of the list's page. */
export const PAGE_SIZE = 25;

/** The API's filters for an address. */
export function listFilters(search: ConnectionListSearch): ConnectionFilters {
  const view = search.view ?? 'all';
  return {
    q: search.q,
    app: search.app,
    status: search.status,
    owner: view === 'mine' ? 'me' : search.owner,
    sort: search.sort ?? (view === 'attention' ? '-flows' : 'name'),
    attention: view === 'attention' ? true : undefined,
    unused: view === 'unused' ? true : undefined,
    expiring_within: view === 'expiring' ? '7d' : undefined,
    deleted: view === 'trash' ? true : undefined,
    limit: PAGE_SIZE,
  };
}
