import { flag, search, text, typed } from '@/lib/search';

/** Search parameters of the catalog's address. */
export const appListSearch = search({
  q: typed,
  category: text,
  /** Only apps with connections in this project. */
  connected: flag,
});
