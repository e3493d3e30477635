import { describe, expect, it } from 'vitest';
import { readJson, writeJson } from './jsonText';

describe('JSON with pills', () => {
  it('takes an expression where a value is, quoted or not', () => {
    expect(readJson('{"n": {{ trigger.body.n }}, "s": "Hi {{ steps.me.body.name }}"}')).toEqual({
      value: { n: '{{ trigger.body.n }}', s: 'Hi {{ steps.me.body.name }}' },
    });
    expect(readJson('{"n": "{{ trigger.body.n }}"}')).toEqual({ value: { n: '{{ trigger.body.n }}' } });
  });

  it('lets quotes stand in an expression inside a string', () => {
    expect(readJson('{"s": "a {{ x["full name"] | default("}}") }} b"}')).toEqual({
      value: { s: 'a {{ x["full name"] | default("}}") }} b' },
    });
  });

  it('reads back what it writes', () => {
    for (const value of [
      { ok: true, name: '{{ steps.me.body.name }}', list: [1, null, 'a "b"\n', {}, []], deep: { x: { y: '{{ a["b c"] }} and text' } } },
      '{{ trigger.body }}',
      ['\\', '{{ x }}'],
      5,
    ]) {
      expect(readJson(writeJson(value))).toEqual({ value });
    }
    expect(writeJson(null)).toBe('');
    expect(readJson('  ')).toEqual({ value: null });
  });

  it('says that something is wrong', () => {
    const wrong = readJson('{\n  "a": 1,\n  oops\n}');
    expect(wrong).toHaveProperty('error');
  });
});
