import { describe, expect, it } from 'vitest';
import type { FlowDocument, Step } from './document';
import { GAP, layout, neighbour, TILE, type TileBox } from './layout';

const step = (id: string): Step => ({ id, kind: 'http', input: {} });
const flow = (...steps: Step[]): FlowDocument => ({ schema: 1, trigger: { kind: 'manual' }, steps });
const branch = (id: string, ...lanes: Step[][]): Step => ({
  id,
  kind: 'branch',
  branches: lanes.slice(0, -1).map((steps) => ({ when: '', steps })),
  otherwise: lanes.at(-1) ?? [],
});
const loop = (id: string, ...steps: Step[]): Step => ({ id, kind: 'loop', items: '', steps });

const at = (boxes: readonly TileBox[], id: string): TileBox => {
  const box = boxes.find((each) => each.id === id);
  if (!box) throw new Error(`no tile ${id}`);
  return box;
};

function overlaps(a: TileBox, b: TileBox): boolean {
  return Math.abs(a.x - b.x) < TILE.width && Math.abs(a.y - b.y) < TILE.height;
}

const nested = flow(
  step('a'),
  branch('b', [step('c'), branch('d', [step('e')], [step('f'), loop('l', step('g'), branch('m', [step('n')], []))])], [step('h')], []),
  loop('i', step('j'), step('k')),
  step('z'),
);

describe('the layout of the canvas', () => {
  it('puts an empty flow as the trigger with one + under it', () => {
    const plan = layout(flow());
    expect(plan.tiles).toEqual([{ kind: 'tile', id: 'trigger', x: -TILE.width / 2, y: 0 }]);
    expect(plan.adds.map((add) => add.place)).toEqual([{ parent: null, index: 0 }]);
  });

  it('puts steps under each other on the axis of the trigger', () => {
    const { tiles } = layout(flow(step('a'), step('b')));
    expect(tiles.map((tile) => tile.x)).toEqual([-TILE.width / 2, -TILE.width / 2, -TILE.width / 2]);
    expect(tiles.map((tile) => tile.y)).toEqual([0, TILE.height + GAP, 2 * (TILE.height + GAP)]);
  });

  it('puts lanes side by side around the axis of their branch', () => {
    const { tiles, labels } = layout(flow(branch('b', [step('yes')], [step('no')])));
    expect(at(tiles, 'yes').y).toBe(at(tiles, 'no').y);
    expect(at(tiles, 'yes').x + at(tiles, 'no').x).toBe(2 * at(tiles, 'b').x);
    expect(labels.map((label) => label.lane)).toEqual([0, 'otherwise']);
  });

  it('goes on under the longest lane', () => {
    const { tiles } = layout(flow(branch('b', [step('one'), step('two')], []), step('after')));
    expect(at(tiles, 'after').y).toBeGreaterThan(at(tiles, 'two').y + TILE.height);
    expect(at(tiles, 'after').x).toBe(at(tiles, 'b').x);
  });

  it('frames a loop around all that is in it', () => {
    const { tiles, frames } = layout(nested);
    const frame = frames.find((each) => each.step === 'l');
    for (const id of ['g', 'm', 'n']) {
      const tile = at(tiles, id);
      expect(tile.x).toBeGreaterThanOrEqual(frame?.x ?? Infinity);
      expect(tile.x + TILE.width).toBeLessThanOrEqual((frame?.x ?? 0) + (frame?.width ?? 0));
      expect(tile.y + TILE.height).toBeLessThanOrEqual((frame?.y ?? 0) + (frame?.height ?? 0));
    }
  });

  it('never lays tiles over each other and keeps all within the bounds', () => {
    const { tiles, adds, bounds } = layout(nested);
    expect(tiles).toHaveLength(16);
    for (const [index, a] of tiles.entries()) {
      for (const b of tiles.slice(index + 1)) expect(overlaps(a, b), `${a.id} and ${b.id}`).toBe(false);
      expect(a.x).toBeGreaterThanOrEqual(bounds.left);
      expect(a.x + TILE.width).toBeLessThanOrEqual(bounds.right);
      expect(a.y + TILE.height).toBeLessThanOrEqual(bounds.bottom);
    }
    for (const add of adds) {
      for (const tile of tiles) {
        const inside = Math.abs(add.x - tile.x - TILE.width / 2) < TILE.width / 2 && add.y > tile.y - 8 && add.y < tile.y + TILE.height + 8;
        expect(inside, `+ over ${tile.id}`).toBe(false);
      }
    }
  });

  it('has one + for every place a step can go to', () => {
    // One a step, and one at the end of each of the lists: top, three lanes of b, two of d, l, two of m, i.
    expect(layout(nested).adds).toHaveLength(15 + 10);
  });

  it('leads the arrow keys to what is seen in that direction', () => {
    const document = flow(step('a'), branch('b', [step('yes')], [step('no')]), step('z'));
    const { tiles } = layout(document);
    expect(neighbour(document, tiles, 'trigger', 'ArrowDown')).toBe('a');
    expect(neighbour(document, tiles, 'a', 'ArrowDown')).toBe('b');
    expect(neighbour(document, tiles, 'b', 'ArrowDown')).toBe('yes');
    expect(neighbour(document, tiles, 'yes', 'ArrowRight')).toBe('no');
    expect(neighbour(document, tiles, 'no', 'ArrowLeft')).toBe('yes');
    expect(neighbour(document, tiles, 'yes', 'ArrowUp')).toBe('b');
    expect(neighbour(document, tiles, 'no', 'ArrowDown')).toBe('z');
    expect(neighbour(document, tiles, 'z', 'ArrowUp')).toBe('yes');
    expect(neighbour(document, tiles, 'a', 'ArrowUp')).toBe('trigger');
    expect(neighbour(document, tiles, 'z', 'ArrowDown')).toBeNull();
    expect(neighbour(document, tiles, 'trigger', 'ArrowUp')).toBeNull();
  });
});
