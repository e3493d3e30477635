import type { FlowDocument } from './document';

/** Flows to begin with, offered while a project has none. They run as they stand. */
export const STARTERS: readonly { name: string; text: string; trigger: 'webhook' | 'schedule' | 'manual'; document: FlowDocument }[] = [
  {
    name: 'Answer a webhook',
    text: 'Another system calls you, you look at the data and answer.',
    trigger: 'webhook',
    document: {
      schema: 1,
      trigger: { kind: 'webhook', respond: 'after_run' },
      steps: [
        {
          id: 'big',
          name: 'Large order?',
          kind: 'branch',
          branches: [
            {
              when: '{{ trigger.body.amount > 100 }}',
              steps: [{ id: 'size', kind: 'set', name: 'Note the size', input: { size: 'large' } }],
            },
          ],
          otherwise: [{ id: 'size_2', kind: 'set', name: 'Note the size', input: { size: 'small' } }],
        },
        { id: 'respond', kind: 'respond', input: { status: 200, body: { ok: true, size: '{{ vars.size }}' } } },
      ],
    },
  },
  {
    name: 'Every morning at nine',
    text: 'A clock starts it; fetch something and pass it on.',
    trigger: 'schedule',
    document: {
      schema: 1,
      trigger: { kind: 'schedule', cron: '0 9 * * 1,2,3,4,5', timezone: 'UTC' },
      steps: [
        {
          id: 'http',
          name: 'Fetch the news',
          kind: 'http',
          input: { method: 'GET', url: '', headers: {}, query: {}, body: null },
        },
      ],
    },
  },
  {
    name: 'Go through a list',
    text: 'Start it by hand with a list, do something for each item.',
    trigger: 'manual',
    document: {
      schema: 1,
      trigger: { kind: 'manual' },
      steps: [
        {
          id: 'each',
          name: 'For each item',
          kind: 'loop',
          items: '{{ trigger.input.items }}',
          steps: [{ id: 'current', name: 'Remember the item', kind: 'set', input: { current: '{{ loop.item }}' } }],
        },
      ],
    },
  },
];
