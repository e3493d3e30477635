// S4: nothing in another project can see or use a connection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from '../support/http.mjs';
import { addKey, addMember, connectForm, createFlow, createWorld, openSession, runEnd, uses, whoFlow } from '../support/world.mjs';

let world, other, stranger, made, flow, run;
before(async () => {
  world = await createWorld({ dot: {} });
  const { api, dot } = world;
  made = await connectForm(api, 'Customers', 'API_KEY', { api_key: dot.alice.key });
  flow = await whoFlow(api, 'Greet', made);
  run = await api.post(`/flows/${flow.id}/runs`, { input: {} });
  const project = await api.post('/projects', { name: 'Elsewhere' });
  other = api.in(project.id);
  stranger = await addMember(other, 'admin', 'Olga');
});
after(() => world?.close());

/** Every way of naming a connection, flow or run of the first project. */
function attempts() {
  const connection = `/connections/${made.id}`;
  return [
    ['GET', connection],
    ['PATCH', connection, { name: 'Mine now' }],
    ['DELETE', `${connection}?force=true`],
    ['POST', `${connection}/check`],
    ['POST', `${connection}/revoke`, {}],
    ['POST', `${connection}/restore`],
    ['POST', `${connection}/destroy`],
    ['POST', `${connection}/reconnect`, { value: { api_key: 'a'.repeat(40) } }],
    ['POST', `${connection}/transfer`, { owner: stranger.user.id }],
    ['GET', `${connection}/usage`],
    ['GET', `${connection}/activity`],
    ['GET', `${connection}/proxy/api/me`],
    ['POST', `${connection}/proxy/api/messages`, { text: 'x' }],
    ['POST', `${connection}/replace`, { with: made.id, dryRun: true }],
    ['GET', `/flows/${flow.id}`],
    ['PUT', `/flows/${flow.id}`, { name: 'Mine now' }],
    ['DELETE', `/flows/${flow.id}`],
    ['POST', `/flows/${flow.id}/publish`],
    ['POST', `/flows/${flow.id}/runs`, { input: {} }],
    ['GET', `/runs/${run.runId}`],
    ['POST', `/runs/${run.runId}/cancel`],
  ];
}

/** A foreign id answers exactly as one that never existed. */
async function assertUnseen(api) {
  for (const [method, path, body] of attempts()) {
    const foreign = await api.send(method, path, body);
    const missing = path.replace(made.id, shifted(made.id)).replace(flow.id, shifted(flow.id)).replace(run.runId, shifted(run.runId));
    const nothing = await api.send(method, missing, body);
    assert.equal(foreign.status, 404, `${method} ${path}: ${JSON.stringify(foreign.body)}`);
    assert.deepEqual(
      [foreign.status, foreign.body.error.code, foreign.body.error.message.replaceAll(made.id, '').replaceAll(flow.id, '').replaceAll(run.runId, '')],
      [nothing.status, nothing.body.error.code, nothing.body.error.message.replaceAll(shifted(made.id), '').replaceAll(shifted(flow.id), '').replaceAll(shifted(run.runId), '')],
      `${method} ${path} tells a foreign id from a missing one`,
    );
  }
}

/** An id of the right shape that nobody has. */
function shifted(id) {
  const last = id.at(-2) === '0' ? '1' : '0';
  return id.slice(0, -2) + last + id.at(-1);
}

test('s4 an admin of another project gets the same 404 as for nothing at all', () => assertUnseen(stranger));

test('s4 neither does the owner of both projects when asking in the wrong one', () => assertUnseen(other));

test('s4 an API key of another project, under both addresses', async () => {
  const key = await addKey(other, 'admin');
  await assertUnseen(key);
  const asked = await key.fetch(`${world.url}/api/v1/projects/${world.project.id}/connections`);
  assert.equal(asked.status, 404);
});

test('s4 lists and counts of another project hold nothing of it', async () => {
  for (const list of ['/connections', '/flows', '/runs', '/connections?deleted=true']) {
    assert.deepEqual((await stranger.get(list)).data, [], list);
  }
  const response = await stranger.fetch(`${world.url}/api/v1/projects/${world.project.id}/connections`);
  assert.equal(response.status, 404);
});

test('s4 a flow of another project cannot use it', async () => {
  const draft = {
    schema: 1,
    trigger: { kind: 'manual' },
    steps: [{ id: 'me', kind: 'http', connection: uses(made), input: { method: 'GET', url: '/api/me' } }],
  };
  const foreign = await stranger.send('POST', '/flows', { name: 'Thief', draft });
  if (foreign.status === 201) {
    const published = await stranger.send('POST', `/flows/${foreign.body.id}/publish`);
    assert.equal(published.status, 422, 'a foreign connection cannot be published');
    const { runId } = (await stranger.send('POST', `/flows/${foreign.body.id}/test`, { input: {} })).body;
    if (runId) {
      const ended = await runEnd(stranger, runId, ['FAILED', 'HELD', 'SUCCEEDED']);
      assert.notEqual(ended.status, 'SUCCEEDED');
    }
  }
  const { calls } = await world.dot.log();
  const own = await createFlow(world.api, 'Own', draft);
  assert.ok(own.id);
  assert.equal((await world.dot.log()).calls.length, calls.length, 'no call was made');
});

test('s4 a connect session of one browser is nothing to another', async () => {
  const session = await openSession(world.api, { app: 'acme-django', authMethod: 'oauth2' });
  await stranger.refused(404, 'CONNECT_SESSION_NOT_FOUND', 'GET', `/connect-sessions/${session.id}`);
  const before = (await world.dot.log()).tokenRequests;
  const { name, password } = world.dot.alice;
  // The stranger finishes what the owner began: RFC 9700 §2.1, the callback needs the browser that started it.
  await new Agent(stranger, { username: name, password }).visit(session.authorizeUrl);
  assert.notEqual((await world.api.get(`/connect-sessions/${session.id}`)).state, 'connected');
  assert.equal((await world.dot.log()).tokenRequests, before, 'the code was not exchanged');
});
