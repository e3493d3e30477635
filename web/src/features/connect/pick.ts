import type { AppSummary, ConnectedApp } from '@/api/types';

/** One line of the virtualised grid: a group's heading or a row of tiles. */
export type PickRow = { kind: 'heading'; text: string } | { kind: 'tiles'; apps: AppSummary[]; start: number };

export interface PickGrid {
  /** The apps in reading order; positions of the keyboard are indexes into it. */
  apps: AppSummary[];
  rows: PickRow[];
}

/** The apps that have connections here, the last used first, at most `limit`. */
export function recentlyUsed(connected: readonly ConnectedApp[], limit = 6): string[] {
  return [...connected]
    .sort((a, b) => (b.lastUsedAt ?? '').localeCompare(a.lastUsedAt ?? '') || b.count - a.count)
    .slice(0, limit)
    .map((each) => each.app);
}

/**
 * Lays the apps out in rows of `columns`. With `recent` (only while nothing is searched) those come first in a
 * group of their own and are left out of "All", so that no app stands there twice.
 */
export function layOut(apps: readonly AppSummary[], recent: readonly string[], columns: number): PickGrid {
  const bySlug = new Map(apps.map((app) => [app.slug, app]));
  const first = recent.flatMap((slug) => bySlug.get(slug) ?? []);
  const rest = apps.filter((app) => !recent.includes(app.slug));
  const grid: PickGrid = { apps: [], rows: [] };
  const add = (heading: string | null, group: readonly AppSummary[]): void => {
    if (group.length === 0) return;
    if (heading) grid.rows.push({ kind: 'heading', text: heading });
    for (let at = 0; at < group.length; at += columns) {
      const tiles = group.slice(at, at + columns);
      grid.rows.push({ kind: 'tiles', apps: tiles, start: grid.apps.length });
      grid.apps.push(...tiles);
    }
  };
  add(first.length > 0 ? 'Recently used' : null, first);
  add(first.length > 0 ? 'All' : null, rest);
  return grid;
}

/** Where an arrow key leads from position `at` (-1: nowhere yet); null when the key is not for the grid. */
export function move(grid: PickGrid, at: number, key: string): number | null {
  const last = grid.apps.length - 1;
  if (last < 0) return null;
  if (at < 0) return key === 'ArrowDown' ? 0 : key === 'ArrowUp' ? last : null;
  const rows = grid.rows.filter((row) => row.kind === 'tiles');
  const row = rows.findIndex((each) => at >= each.start && at < each.start + each.apps.length);
  const current = rows[row];
  if (!current) return null;
  const column = at - current.start;
  const into = (target: (typeof rows)[number] | undefined): number =>
    target ? target.start + Math.min(column, target.apps.length - 1) : at;
  switch (key) {
    case 'ArrowRight':
      return Math.min(at + 1, last);
    case 'ArrowLeft':
      return Math.max(at - 1, 0);
    case 'ArrowDown':
      return into(rows[row + 1]);
    case 'ArrowUp':
      return into(rows[row - 1]);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** One or two words for a tile. */
export function methodWord(type: string | undefined): string {
  switch (type) {
    case 'OAUTH2':
    case 'OAUTH1':
      return 'OAuth';
    case 'BASIC':
      return 'Password';
    case 'OAUTH2_CLIENT_CREDENTIALS':
      return 'Client credentials';
    case 'API_KEY':
      return 'API key';
    default:
      return 'Credentials';
  }
}
