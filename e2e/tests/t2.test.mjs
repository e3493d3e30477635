// T2: a flow runs with the credentials of the connection's creator, whoever edits or starts it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addKey, addMember, connectForm, connectOAuth, createFlow, createWorld, runEnd, runFlow, stepOf, uses } from '../support/world.mjs';

let world, eva, carl, ofEva, ofCarl;
before(async () => {
  world = await createWorld({ idp: {}, dot: {} });
  eva = await addMember(world.api, 'editor', 'Eva');
  carl = await addMember(world.api, 'editor', 'Carl');
  await world.idp.set({ account: 'eva' });
  ofEva = await connectOAuth(eva, 'acme-oidc', { name: 'Mail of Eva' });
  await world.idp.set({ account: 'carl' });
  ofCarl = await connectOAuth(carl, 'acme-oidc', { name: 'Mail of Carl' });
});
after(() => world?.close());

const whoDraft = (trigger = { kind: 'manual' }) => ({
  trigger,
  steps: [{ id: 'me', kind: 'action', app: 'acme-oidc', action: 'who_am_i', connection: uses(ofEva), input: {} }],
});

test('t2 edited by one, started by another: the creator’s account is used', async () => {
  const flow = await createFlow(carl, 'By Carl', whoDraft());
  for (const starter of [carl, eva, world.api, await addKey(world.api, 'write')]) {
    const run = await runFlow(starter, flow);
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    assert.equal(stepOf(run, 'me').output.sub, 'eva');
  }
});

test('t2 started by a webhook that nobody is signed in at', async () => {
  const flow = await createFlow(carl, 'Hooked', {
    trigger: { kind: 'webhook', respond: 'after_run' },
    steps: [
      ...whoDraft().steps,
      { id: 'done', kind: 'respond', input: { status: 200, body: { who: '{{ steps.me.sub }}' } } },
    ],
  });
  const { webhookUrl } = await carl.get(`/flows/${flow.id}`);
  assert.ok(webhookUrl.startsWith(`${world.url}/hooks/`));
  const response = await fetch(webhookUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { who: 'eva' });
});

test('t2 two connections in one flow each speak for their creator', async () => {
  const step = (id, connection) => ({ id, kind: 'http', connection: uses(connection), input: { method: 'POST', url: '/api/messages', body: { text: id } } });
  const flow = await createFlow(carl, 'Both', { trigger: { kind: 'manual' }, steps: [step('one', ofEva), step('two', ofCarl)] });
  const run = await runFlow(eva, flow);
  assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
  const { messages } = await world.idp.log();
  assert.deepEqual(messages.map(({ text, account }) => [text, account]), [['one', 'eva'], ['two', 'carl']]);
});

test('t2 the credential never shows in what a flow can see, and goes to no other host', async () => {
  const key = world.dot.alice.key;
  const crm = await connectForm(eva, 'Customers', 'API_KEY', { api_key: key });
  const flow = await createFlow(carl, 'Curious', {
    trigger: { kind: 'manual' },
    steps: [
      { id: 'me', kind: 'http', connection: uses(crm), input: { method: 'GET', url: '/api/me' } },
      { id: 'out', kind: 'http', connection: uses(crm), on_error: 'continue', input: { method: 'GET', url: `${world.idp.url}/api/me` } },
    ],
  });
  const { runId } = await carl.post(`/flows/${flow.id}/runs`, { input: {} });
  const run = await runEnd(carl, runId);
  assert.equal(stepOf(run, 'me').status, 'SUCCEEDED');
  assert.equal(stepOf(run, 'out').status, 'FAILED');
  assert.ok(!JSON.stringify(run).includes(key));
  const proxied = await carl.send('GET', `/connections/${crm.id}/proxy/${world.idp.url}/api/me`);
  assert.notEqual(proxied.status, 200);
  const { calls } = await world.idp.log();
  assert.ok(!calls.some(({ status, path }) => path === '/api/me' && status === 401), 'nothing arrived at the other host');
});
