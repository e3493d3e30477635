import { expect, it } from 'vitest';
import type { FlowDocument } from '@/features/flows/model/document';
import { plainMessage } from './message';

const document: FlowDocument = {
  schema: 1,
  trigger: { kind: 'manual' },
  steps: [{ id: 'find', kind: 'http', name: 'Find contact' }],
};

it('says fields and data as the builder does', () => {
  expect(plainMessage('items: {{ steps.find.body.people }} has no value.', document)).toBe(
    'List to go through: “Find contact · people” has no value.',
  );
  expect(plainMessage('input.to: {{ trigger.mail }} has no value.', document)).toBe('To: “Trigger · mail” has no value.');
  expect(plainMessage('branches[1].when: {{ vars.x }} has no value.')).toBe('Condition of case 2: “Variable · x” has no value.');
});

it('leaves other messages alone', () => {
  for (const text of ['The app answered with status 404.', 'input: it must be an object', 'Slack: not_in_channel']) {
    expect(plainMessage(text, document)).toBe(text);
  }
});
