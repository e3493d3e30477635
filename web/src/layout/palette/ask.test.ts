import { expect, it } from 'vitest';
import { askOf } from './ask';

it.each([
  ['Reconnect Slack', 'reconnect', 'slack'],
  ['reconnect  Slack – Support ', 'reconnect', 'slack – support'],
  ['Where is HubSpot used?', 'where', 'hubspot'],
  ['where hubspot', 'where', 'hubspot'],
  ['who uses hubspot?', 'where', 'hubspot'],
  ['connect Stripe', 'connect', 'stripe'],
  ['New connection', 'connect', ''],
  ['Connections', 'any', 'connections'],
  ['open Weekly report', 'any', 'weekly report'],
  ['whereabouts', 'any', 'whereabouts'],
  ['', 'any', ''],
])('understands "%s"', (text, intent, subject) => {
  expect(askOf(text)).toEqual({ intent, subject });
});
