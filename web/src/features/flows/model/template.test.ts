import { describe, expect, it } from 'vitest';
import { join, onlyExpression, parts, pathOf, pathSource, pillLabel, preview, quote, unquote } from './template';

describe('texts with expressions', () => {
  it('are taken apart and put together again', () => {
    expect(parts('Hello {{ steps.me.body.name }}, {{x}}!')).toEqual([
      { kind: 'text', text: 'Hello ' },
      { kind: 'expression', source: 'steps.me.body.name' },
      { kind: 'text', text: ', ' },
      { kind: 'expression', source: 'x' },
      { kind: 'text', text: '!' },
    ]);
    expect(join(parts('a {{x}} b'))).toBe('a {{ x }} b');
  });

  it('end an expression where the engine does', () => {
    const text = `a {{ "}}" ~ {"k": {"n": 1}}.k }} b`;
    expect(parts(text)).toHaveLength(3);
    expect(parts(text)[1]).toEqual({ kind: 'expression', source: '"}}" ~ {"k": {"n": 1}}.k' });
    expect(parts('an open {{ x')).toEqual([{ kind: 'text', text: 'an open {{ x' }]);
  });

  it('know a text that is nothing but one expression', () => {
    expect(onlyExpression('{{ a.b }}')).toBe('a.b');
    expect(onlyExpression(' {{ a.b }} ')).toBe('a.b');
    expect(onlyExpression('{{ a }}{{ b }}')).toBeNull();
    expect(onlyExpression('x')).toBeNull();
    expect(onlyExpression(5)).toBeNull();
  });

  it('read and write paths', () => {
    const path = ['steps', 'me', 'body', 'items', 0, 'full name', 'x"y'];
    const source = 'steps.me.body.items[0]["full name"]["x\\"y"]';
    expect(pathSource(path)).toBe(source);
    expect(pathOf(source)).toEqual(path);
    expect(pathOf('a + b')).toBeNull();
    expect(pathOf('a | upper')).toBeNull();
    expect(pathOf("a['b']")).toEqual(['a', 'b']);
  });

  it('quote and unquote', () => {
    for (const text of ['plain', 'with "quotes"', 'back\\slash', 'two\nlines']) expect(unquote(quote(text))).toBe(text);
  });

  it('say on a pill whose data it is', () => {
    const names = new Map([['me', 'Get me']]);
    expect(pillLabel('steps.me.body.name', names)).toBe('Get me · name');
    expect(pillLabel('steps.me.body', names)).toBe('Get me · body');
    expect(pillLabel('steps.me.body.items[0].id', names)).toBe('Get me · items[0].id');
    expect(pillLabel('steps.gone.status', names)).toBe('gone · status');
    expect(pillLabel('trigger.body.company', names)).toBe('Trigger · company');
    expect(pillLabel('loop.item.name', names)).toBe('Item · name');
    expect(pillLabel('vars.total', names)).toBe('Variable · total');
    expect(pillLabel('steps.me.body.name | upper', names)).toBe('Get me · name | upper');
    expect(pillLabel('1 + 2', names)).toBe('1 + 2');
  });

  it('show how they come out with sample data', () => {
    const scope = { steps: { me: { body: { name: 'Mira', n: 3 } } } };
    expect(preview('Hi {{ steps.me.body.name }} ({{ steps.me.body.n }})', scope)).toBe('Hi Mira (3)');
    expect(preview('Hi {{ steps.me.body.missing }}', scope)).toBeNull();
    expect(preview('Hi {{ steps.me.body.name | upper }}', scope)).toBeNull();
  });
});
