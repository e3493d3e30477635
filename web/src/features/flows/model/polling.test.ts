import { expect, it } from 'vitest';
import { everyWords, itemLine, sampleSignature } from './polling';

it('says how often', () => {
  expect([1, 30, 60, 300, 3600, 7200].map(everyWords)).toEqual([
    'every second',
    'every 30 seconds',
    'every minute',
    'every 5 minutes',
    'every 60 minutes',
    'every 2 hours',
  ]);
});

it('keeps a sample only for what it was asked for', () => {
  const trigger = { kind: 'app', app: 'crm', trigger: 'new', connection: { $connection: 'conn_1' } } as const;
  expect(sampleSignature({ kind: 'manual' })).toBeNull();
  expect(sampleSignature({ kind: 'app', app: '', trigger: '' })).toBeNull();
  expect(sampleSignature(trigger)).not.toBe(sampleSignature({ ...trigger, input: { list: 'a' } }));
});

it('tells items apart in one line', () => {
  expect(itemLine({ id: 7, name: 'Ada', tags: [] })).toBe('Ada · 7');
  expect(itemLine({ odd: {} })).toBe('An item without text');
});
