import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';
import { appsQuery, categoriesQuery } from '@/features/apps/queries';
import { listFilters } from '@/features/connections/listFilters';
import { attentionQuery, connectedAppsQuery, connectionCountsQuery, connectionListQuery } from '@/features/connections/queries';
import { flowQuery } from '@/features/flows/queries';
import { runQuery } from '@/features/runs/queries';
import { PAGES } from '../../scripts/preload-pages';
import { earlyAnswer } from './early';

const project = { key: ['p', 'proj_1'] as const, path: (resource: string) => `/projects/proj_1${resource}` };

afterEach(() => vi.unstubAllGlobals());

it('asks before the code is there what the pages ask first', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return Promise.resolve(Response.json({ data: [], hasMore: false, cursor: null }));
  });
  const client = new QueryClient();
  await client.fetchQuery(connectionListQuery(project, { ...listFilters({}), cursor: null }));
  await client.fetchQuery(attentionQuery(project));
  await client.fetchQuery(connectionCountsQuery(project));
  await client.fetchQuery(appsQuery(''));
  await client.fetchQuery(categoriesQuery);
  await client.fetchQuery(connectedAppsQuery(project));
  await client.fetchQuery(flowQuery(project, 'it_1'));
  await client.fetchQuery(runQuery(project, 'it_1'));
  const early = new Set(PAGES.flatMap(([, , asks]) => asks.map((path) => `/api/v1${path.replace('$1', 'proj_1').replace('$2', 'it_1')}`)));
  expect(new Set(asked)).toEqual(early);
});

it('gives an early answer once, and none that failed', async () => {
  vi.stubGlobal('window', { patchbayEarly: { '/good': Promise.resolve('{"a":1}'), '/bad': Promise.resolve(null) } });
  expect(await earlyAnswer('/good')).toBe('{"a":1}');
  expect(await earlyAnswer('/good')).toBeNull();
  expect(await earlyAnswer('/bad')).toBeNull();
  expect(await earlyAnswer('/other')).toBeNull();
});
