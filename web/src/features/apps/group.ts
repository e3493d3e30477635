import type { AppSummary } from '@/api/types';
import { categoryName } from '@/lib/text';

/** Apps under one heading; without a heading they are the answer to a search. */
export interface AppGroup {
  heading: string | null;
  apps: AppSummary[];
}

/** The catalog for browsing: connected apps first, then each category by its name. No app stands there twice. */
export function byCategory(apps: readonly AppSummary[], connected: ReadonlySet<string>): AppGroup[] {
  const mine = apps.filter((app) => connected.has(app.slug));
  const groups = new Map<string, AppSummary[]>();
  for (const app of apps) {
    if (connected.has(app.slug)) continue;
    const heading = categoryName(app.category);
    const group = groups.get(heading);
    if (group) group.push(app);
    else groups.set(heading, [app]);
  }
  const rest = [...groups].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([heading, group]) => ({ heading, apps: group }));
  return mine.length > 0 ? [{ heading: 'Connected', apps: mine }, ...rest] : rest;
}
