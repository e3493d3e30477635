import { describe, expect, it } from 'vitest';
import type { FlowDocument, Step } from './document';
import { copyStep, duplicateStep, findStep, freshId, insertStep, loopsAround, moveStep, placeOf, removeStep, stepsBefore, updateStep, walk } from './tree';

const http = (id: string, url = ''): Step => ({ id, kind: 'http', input: { method: 'GET', url } });

const flow: FlowDocument = {
  schema: 1,
  trigger: { kind: 'manual' },
  steps: [
    http('me'),
    {
      id: 'big',
      kind: 'branch',
      branches: [{ when: '{{ trigger.body.n > 10 }}', steps: [http('yes'), http('yes_2', '{{ steps.yes.body.id }}')] }],
      otherwise: [http('no')],
    },
    { id: 'each', kind: 'loop', items: '{{ steps.me.body }}', steps: [http('post')] },
    { id: 'done', kind: 'respond', input: { status: 200 } },
  ],
};

const ids = (steps: readonly Step[]): string[] => steps.map((step) => step.id);

describe('the tree of steps', () => {
  it('is walked outer before inner', () => {
    expect(ids(walk(flow.steps))).toEqual(['me', 'big', 'yes', 'yes_2', 'no', 'each', 'post', 'done']);
  });

  it('tells where a step stands', () => {
    expect(placeOf(flow, 'me')).toEqual({ parent: null, index: 0 });
    expect(placeOf(flow, 'yes_2')).toEqual({ parent: 'big', lane: 0, index: 1 });
    expect(placeOf(flow, 'no')).toEqual({ parent: 'big', lane: 'otherwise', index: 0 });
    expect(placeOf(flow, 'post')).toEqual({ parent: 'each', lane: 'steps', index: 0 });
    expect(placeOf(flow, 'nowhere')).toBeUndefined();
  });

  it('takes a step at any depth and gives it back', () => {
    const added = insertStep(flow, { parent: 'big', lane: 'otherwise', index: 1 }, http('new'));
    expect(ids(findStep(added, 'big')?.otherwise ?? [])).toEqual(['no', 'new']);
    expect(removeStep(added, 'new')).toEqual(flow);
    expect(flow.steps).toHaveLength(4);
  });

  it('leaves what is not touched as it is', () => {
    const changed = updateStep(flow, 'post', (step) => ({ ...step, name: 'Post' }));
    expect(changed.steps[1]).toBe(flow.steps[1]);
    expect(findStep(changed, 'post')?.name).toBe('Post');
    expect(updateStep(flow, 'nowhere', (step) => step)).toBe(flow);
    expect(removeStep(flow, 'nowhere')).toBe(flow);
  });

  it('moves a step within its list only', () => {
    expect(ids(moveStep(flow, 'big', -1).steps)).toEqual(['big', 'me', 'each', 'done']);
    expect(moveStep(flow, 'me', -1)).toBe(flow);
    expect(moveStep(flow, 'post', 1)).toBe(flow);
    expect(ids(findStep(moveStep(flow, 'yes', 1), 'big')?.branches?.[0]?.steps ?? [])).toEqual(['yes_2', 'yes']);
  });

  it('copies a step with all inside under new ids, references following', () => {
    const copy = copyStep(flow, findStep(flow, 'big') as Step);
    expect(copy.id).toBe('big_2');
    expect(ids(walk([copy]))).toEqual(['big_2', 'yes_3', 'yes_4', 'no_2']);
    expect(copy.branches?.[0]?.steps[1]?.input).toMatchObject({ url: '{{ steps.yes_3.body.id }}' });
    expect(copy.branches?.[0]?.when).toBe('{{ trigger.body.n > 10 }}');
    const doubled = duplicateStep(flow, 'me');
    expect(doubled?.id).toBe('me_2');
    expect(ids(doubled?.document.steps ?? [])).toEqual(['me', 'me_2', 'big', 'each', 'done']);
  });

  it('makes ids that expressions can use', () => {
    expect(freshId('Send message!', new Set())).toBe('send_message');
    expect(freshId('send_message', new Set(['send_message', 'send_message_2']))).toBe('send_message_3');
    expect(freshId('42', new Set())).toBe('step');
    expect(freshId('trigger', new Set())).toBe('step');
  });

  it('offers a step what comes before it, not what stands in loops or other branches', () => {
    expect(ids(stepsBefore(flow, 'me'))).toEqual([]);
    expect(ids(stepsBefore(flow, 'yes_2'))).toEqual(['me', 'yes']);
    expect(ids(stepsBefore(flow, 'no'))).toEqual(['me']);
    expect(ids(stepsBefore(flow, 'post'))).toEqual(['me', 'big', 'yes', 'yes_2', 'no']);
    expect(ids(stepsBefore(flow, 'done'))).toEqual(['me', 'big', 'yes', 'yes_2', 'no', 'each']);
    expect(ids(loopsAround(flow, 'post'))).toEqual(['each']);
    expect(loopsAround(flow, 'no')).toEqual([]);
  });
});
