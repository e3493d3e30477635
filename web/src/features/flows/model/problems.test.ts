import { describe, expect, it } from 'vitest';
import type { FlowProblem } from '@/api/types';
import type { FlowDocument } from './document';
import { beyondEmpty, standing } from './problems';

const flow = (url: string): FlowDocument => ({
  schema: 1,
  trigger: { kind: 'manual' },
  steps: [
    { id: 'a', kind: 'http', input: { method: 'BREW', url } },
    { id: 'b', kind: 'branch', branches: [{ when: '', steps: [] }] },
  ],
});
const problem = (step: string | null, path: string, code = 'REQUIRED'): FlowProblem => ({ step, path, code, message: path });
const problems = [problem('a', 'input.url'), problem('a', 'input.method', 'INVALID'), problem('b', 'branches[0].when'), problem('gone', 'input')];

describe('problems', () => {
  it('stand until their place changes', () => {
    expect(standing(problems, flow(''), flow('https://x')).map((each) => each.path)).toEqual(['input.method', 'branches[0].when']);
    const same = flow('');
    expect(standing(problems, same, same)).toBe(problems);
  });

  it('of an empty flow go with its first step', () => {
    const empty: FlowDocument = { schema: 1, trigger: { kind: 'manual' }, steps: [] };
    expect(standing([problem(null, 'steps', 'NO_STEPS')], empty, flow(''))).toEqual([]);
  });

  it('that only say something is empty can be held back', () => {
    expect(beyondEmpty(problems).map((each) => each.code)).toEqual(['INVALID']);
  });
});
