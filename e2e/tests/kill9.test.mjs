// A run goes on after `kill -9` behind its last finished step; a second process on the same data refuses to start.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run as runCommand, until } from '../support/processes.mjs';
import { binary } from '../support/server.mjs';
import { connectOAuth, createFlow, createWorld, runEnd, stepOf, uses } from '../support/world.mjs';

let world;
before(async () => {
  world = await createWorld({ idp: {} });
});
after(() => world?.close());

test('c3 a run survives kill -9 and repeats no finished step', async () => {
  const { api, idp, patchbay } = world;
  const mail = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
  const send = (id) => ({ id, kind: 'action', app: 'acme-oidc', action: 'send_message', connection: uses(mail), input: { text: id } });
  const flow = await createFlow(api, 'Two messages', {
    trigger: { kind: 'manual' },
    steps: [send('first'), { id: 'pause', kind: 'delay', input: { seconds: 3 } }, send('second')],
  });
  const { runId } = await api.post(`/flows/${flow.id}/runs`, { input: {} });
  await until('the first message was sent', async () => stepOf(await api.get(`/runs/${runId}`), 'first')?.status === 'SUCCEEDED');
  await patchbay.kill9();
  await patchbay.restart();
  const ended = await runEnd(api, runId);
  assert.equal(ended.status, 'SUCCEEDED', JSON.stringify(ended.error));
  const { messages } = await idp.log();
  assert.deepEqual(messages.map(({ text }) => text), ['first', 'second']);
});

test('c3 killed while many runs are under way: each ends, each step is sent under one key', async () => {
  const { api, idp, patchbay } = world;
  const [mail] = (await api.get('/connections?q=Mail')).data;
  const send = (id) => ({ id, kind: 'action', app: 'acme-oidc', action: 'send_message', connection: uses(mail), input: { text: `{{ trigger.body.n ~ "-${id}" }}` } });
  const flow = await createFlow(api, 'Burst', {
    trigger: { kind: 'webhook', respond: 'immediately' },
    steps: [send('a'), send('b'), send('c')],
  });
  const { webhookUrl } = await api.get(`/flows/${flow.id}`);
  await idp.set({ reset: true });
  const runs = [];
  for (let n = 0; n < 20; n += 1) {
    const response = await fetch(webhookUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ n }) });
    assert.equal(response.status, 202);
    runs.push((await response.json()).runId);
  }
  await patchbay.kill9();
  await patchbay.restart();
  for (const id of runs) assert.equal((await runEnd(api, id)).status, 'SUCCEEDED');
  const { messages } = await idp.log();
  const keys = new Map();
  for (const { text, key } of messages) {
    assert.ok(key, 'an idempotent action carries a key');
    assert.equal(keys.get(text) ?? key, key, `${text} was sent twice under different keys`);
    keys.set(text, key);
  }
  assert.equal(keys.size, 60, 'every step of every run was sent');
});

test('s44 a second process on the same data directory refuses to start', async () => {
  const { patchbay } = world;
  const { code, stdout, stderr } = await runCommand(binary, ['serve', '--listen', '127.0.0.1:0', '--data', patchbay.data], {
    env: patchbay.environment(),
  });
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout + stderr, /already|another|in use|lock/i);
});

test('operations: health, readiness, request ids, openapi, graceful stop', async () => {
  const { patchbay, api } = world;
  assert.equal((await fetch(`${patchbay.url}/healthz`)).status, 200);
  const answer = await fetch(`${patchbay.url}/api/v1/openapi.json`);
  const document = await answer.json();
  assert.match(document.openapi, /^3\./);
  assert.ok(answer.headers.get('x-request-id'));
  assert.ok(document.paths['/api/v1/connections'] || document.paths['/connections']);
  const missing = await api.send('GET', '/auth/no-such-thing');
  assert.equal(missing.status, 404);
  assert.equal(missing.body.error.requestId, missing.headers.get('x-request-id'));
  await world.idp.set({ tokenDelayMs: 0 });
  assert.equal(await patchbay.stop(), 0, 'a clean exit');
  await patchbay.restart();
});
