import { describe, expect, it } from 'vitest';
import type { AppSummary } from '@/api/types';
import { layOut, move, recentlyUsed } from './pick';

const app = (slug: string): AppSummary => ({
  slug,
  name: slug,
  category: '',
  description: '',
  icon: '',
  authMethods: [],
  actionCount: 0,
  triggerCount: 0,
});
const apps = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(app);

describe('layOut', () => {
  it('shows each app once, the recently used ones first', () => {
    const grid = layOut(apps, ['f', 'b', 'gone'], 3);
    expect(grid.apps.map((each) => each.slug)).toEqual(['f', 'b', 'a', 'c', 'd', 'e', 'g']);
    expect(grid.rows.map((row) => (row.kind === 'heading' ? row.text : row.apps.length))).toEqual([
      'Recently used',
      2,
      'All',
      3,
      2,
    ]);
  });

  it('has no headings while searching', () => {
    expect(layOut(apps, [], 3).rows.every((row) => row.kind === 'tiles')).toBe(true);
  });
});

describe('move', () => {
  // f b / a c d / e g
  const grid = layOut(apps, ['f', 'b'], 3);
  it.each([
    [-1, 'ArrowDown', 0],
    [-1, 'ArrowRight', null],
    [0, 'ArrowDown', 2],
    [4, 'ArrowDown', 6],
    [4, 'ArrowUp', 1],
    [1, 'ArrowRight', 2],
    [0, 'ArrowLeft', 0],
    [3, 'Home', 0],
    [3, 'End', 6],
    [6, 'ArrowRight', 6],
    [3, 'x', null],
  ])('from %i with %s to %s', (at, key, to) => {
    expect(move(grid, at, key)).toBe(to);
  });

  it('leads nowhere when nothing was found', () => {
    expect(move(layOut([], [], 3), -1, 'ArrowDown')).toBeNull();
  });
});

it('orders recently used apps by their last use', () => {
  const used = [
    { app: 'never', count: 5, lastUsedAt: null },
    { app: 'old', count: 1, lastUsedAt: '2026-01-01T00:00:00Z' },
    { app: 'new', count: 1, lastUsedAt: '2026-02-01T00:00:00Z' },
  ];
  expect(recentlyUsed(used)).toEqual(['new', 'old', 'never']);
});
