import { expect, it } from 'vitest';
import type { App } from '@/api/types';
import { firstFlow } from './firstFlow';

const connection = { id: 'conn_1', name: 'Sandbox', app: 'sandbox-key' };
const action = (key: string, required: string[]): App['actions'][number] => ({
  key,
  title: key,
  idempotent: false,
  input: { type: 'object', required },
});

it('takes the first action that asks for nothing', () => {
  const { draft } = firstFlow(connection, { actions: [action('send', ['to']), action('list', [])] });
  expect(draft.steps).toEqual([
    { id: 'list', name: 'list', kind: 'action', app: 'sandbox-key', action: 'list', connection: { $connection: 'conn_1' }, input: {} },
  ]);
});

it('makes a plain request where the app describes no action', () => {
  expect(firstFlow(connection, { actions: [] }).draft.steps).toMatchObject([{ kind: 'http', input: { method: 'GET' } }]);
});
