import { describe, expect, it } from 'vitest';
import type { FlowDocument } from './document';
import { sampleGroups, sampleNodes } from './samples';

const flow: FlowDocument = {
  schema: 1,
  trigger: { kind: 'manual' },
  steps: [
    { id: 'me', kind: 'http', name: 'Get me', input: {} },
    { id: 'vars', kind: 'set', input: { total: 3 } },
    { id: 'each', kind: 'loop', items: '{{ steps.me.body.items }}', steps: [{ id: 'post', kind: 'http', input: {} }] },
  ],
};

describe('sample data', () => {
  it('is offered as the paths that lead to it', () => {
    const nodes = sampleNodes({ body: { items: [{ id: 1 }], 'full name': 'Mira' } }, ['steps', 'me'], 'All');
    expect(nodes.map((node) => [node.source, node.depth])).toEqual([
      ['steps.me', 0],
      ['steps.me.body', 1],
      ['steps.me.body.items', 2],
      ['steps.me.body.items[0]', 3],
      ['steps.me.body.items[0].id', 4],
      ['steps.me.body["full name"]', 2],
    ]);
  });

  it('has the trigger, the loop around, earlier steps and variables', () => {
    const samples = { trigger: { n: 1 }, steps: { me: { body: { items: ['first', 'second'] } } } };
    const groups = sampleGroups(flow, 'post', samples, (id) => id);
    expect(groups.map((group) => group.id)).toEqual(['trigger', 'loop', 'me', 'vars']);
    expect(groups[0]?.nodes.map((node) => node.source)).toContain('trigger.input.n');
    expect(groups[1]?.nodes[0]).toMatchObject({ source: 'loop.item', preview: 'first' });
    expect(groups[3]?.nodes[0]?.source).toBe('vars.total');
  });

  it('says what has not been tested', () => {
    const groups = sampleGroups(flow, 'each', null, (id) => id);
    expect(groups.map((group) => [group.id, group.tested])).toEqual([
      ['trigger', false],
      ['me', false],
      ['vars', true],
    ]);
    expect(groups[1]?.nodes.map((node) => node.source)).toContain('steps.me.body');
  });

  it('stays small for huge values', () => {
    const huge = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, at]));
    expect(sampleNodes(huge, ['trigger'], 'All').length).toBeLessThanOrEqual(400);
  });
});
