import { useState } from 'react';

/** The cursors of the pages gone through in a list; another list (`of`) starts at its first page. */
export function usePages(of: string) {
  const [pages, setPages] = useState<{ of: string; cursors: string[] }>({ of, cursors: [] });
  const cursors = pages.of === of ? pages.cursors : [];
  return {
    cursor: cursors.at(-1) ?? null,
    number: cursors.length,
    previous: cursors.length > 0 ? () => setPages({ of, cursors: cursors.slice(0, -1) }) : undefined,
    next: (cursor: string | null | undefined, hasMore: boolean | undefined) =>
      hasMore && cursor ? () => setPages({ of, cursors: [...cursors, cursor] }) : undefined,
  };
}
