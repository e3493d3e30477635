import { describe, expect, it } from 'vitest';
import { conditionText, conditionWords, OPERATORS, parseCondition, type Condition } from './condition';

describe('conditions', () => {
  it('write comparisons as expressions', () => {
    const one = (left: string, operator: Condition['rows'][number]['operator'], right = ''): string =>
      conditionText({ join: 'and', rows: [{ left, operator, right }] });
    expect(one('{{ trigger.body.n }}', 'gt', '10')).toBe('{{ trigger.body.n > 10 }}');
    expect(one('{{ trigger.body.kind }}', 'eq', 'large "one"')).toBe('{{ trigger.body.kind == "large \\"one\\"" }}');
    expect(one('{{ trigger.body.tags }}', 'contains', 'vip')).toBe('{{ "vip" in trigger.body.tags }}');
    expect(one('{{ trigger.body.x }}', 'exists')).toBe('{{ trigger.body.x is defined }}');
    expect(one('', 'eq', 'x')).toBe('');
  });

  it('read back every operator they write', () => {
    for (const { value: operator, unary } of OPERATORS) {
      for (const right of unary ? [''] : ['10', 'some text', '{{ steps.a.body.b }}', 'true']) {
        const condition: Condition = { join: 'and', rows: [{ left: '{{ trigger.body.n }}', operator, right }] };
        expect(parseCondition(conditionText(condition)), operator).toEqual(condition);
      }
    }
  });

  it('read back several comparisons, joined one way', () => {
    const condition: Condition = {
      join: 'or',
      rows: [
        { left: '{{ trigger.body.a }}', operator: 'eq', right: 'this or that' },
        { left: '{{ trigger.body.b }}', operator: 'ge', right: '2.5' },
      ],
    };
    expect(parseCondition(conditionText(condition))).toEqual(condition);
  });

  it('leave alone what says more', () => {
    expect(parseCondition('{{ a.b > 1 and c == 2 or d }}')).toBeNull();
    expect(parseCondition('{{ (a + b) > 1 }}')).toBeNull();
    expect(parseCondition('{{ a | length > 3 and x is string }}')).toBeNull();
    expect(parseCondition('{{ n == "10" }}')).toBeNull();
    expect(parseCondition(true)).toBeNull();
    expect(parseCondition('plain text')).toBeNull();
  });

  it('begin empty', () => {
    expect(parseCondition('')).toEqual({ join: 'and', rows: [{ left: '', operator: 'eq', right: '' }] });
  });

  it('say themselves in words', () => {
    expect(conditionWords('{{ trigger.body.n > 10 }}', () => 'n')).toBe('n is greater than 10');
    expect(conditionWords('{{ weird() }}', () => 'n')).toBeNull();
  });
});
