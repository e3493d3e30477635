// M2: Reconnect keeps the id; every flow uses the new credential from then on with no edit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { menuItem, openBrowser, openPage, row, shot, signIn } from '../support/browser.mjs';
import { Agent } from '../support/http.mjs';
import { until } from '../support/processes.mjs';
import { connectForm, connectOAuth, createFlow, createWorld, openSession, proxy, runEnd, runFlow, sessionEnd, stepOf, uses, whoFlow } from '../support/world.mjs';

let world, browser;
before(async () => {
  world = await createWorld({ idp: { accessTtl: 3 }, dot: {} });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** Takes the access away at the provider, so that the next refresh is refused. */
async function breakAtProvider(api, connection) {
  const { issued } = await world.idp.log();
  const { refresh } = issued.at(-1);
  const basic = Buffer.from(`${world.idp.client.clientId}:${world.idp.client.clientSecret}`).toString('base64');
  const response = await fetch(`${world.idp.url}/token/revocation`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: refresh }),
  });
  assert.equal(response.status, 200);
  return until('the connection is seen to be broken', async () => {
    await proxy(api, connection, '/api/me');
    const now = await api.get(`/connections/${connection.id}`);
    return now.status !== 'ACTIVE' && now;
  }, 30_000);
}

test('m2 s3 a broken OAuth connection is reconnected: same id, flows go on', async () => {
  const { api } = world;
  const made = await connectOAuth(api, 'acme-oidc', { name: 'Company mail' });
  const flow = await whoFlow(api, 'Greet', made);
  assert.equal((await runFlow(api, flow)).status, 'SUCCEEDED');
  const broken = await breakAtProvider(api, made);
  assert.ok(['EXPIRED', 'ERROR', 'REVOKED'].includes(broken.status), broken.status);
  assert.match(broken.statusReasonText, /\S/);

  // A run that needs it waits for it instead of failing.
  const { runId } = await api.post(`/flows/${flow.id}/runs`, { input: {} });
  await runEnd(api, runId, ['HELD']);
  assert.equal((await api.get(`/connections/${made.id}/usage`)).heldRuns, 1);

  const again = await connectOAuth(api, 'acme-oidc', { reconnect: made.id });
  assert.equal(again.id, made.id);
  assert.equal(again.status, 'ACTIVE');
  assert.equal(again.name, 'Company mail');
  assert.equal((await runEnd(api, runId)).status, 'SUCCEEDED');
  const run = await runFlow(api, flow);
  assert.equal(stepOf(run, 'me').output.body.sub, 'alice');
});

test('m2 an API key connection takes a new key; a wrong one changes nothing', async () => {
  const { api, dot } = world;
  const made = await connectForm(api, 'Customers', 'API_KEY', { api_key: dot.alice.key });
  await api.refused(422, 'CREDENTIAL_REJECTED', 'POST', `/connections/${made.id}/reconnect`, {
    value: { api_key: '0'.repeat(40) },
  });
  assert.equal((await proxy(api, made, '/api/me')).body.user, 'alice');
  const again = await api.post(`/connections/${made.id}/reconnect`, { value: { api_key: dot.alice.key } });
  assert.equal(again.id, made.id);
  assert.equal(again.status, 'ACTIVE');
});

test('m2 another account is noticed and must be chosen', async () => {
  const { api, idp } = world;
  const made = await connectOAuth(api, 'acme-oidc', { name: 'Mail of Alice' });
  await createFlow(api, 'Uses Alice', {
    trigger: { kind: 'manual' },
    steps: [{ id: 'me', kind: 'http', connection: uses(made), input: { method: 'GET', url: '/api/me' } }],
  });
  await idp.set({ account: 'bob' });
  const asBob = async () => {
    const session = await openSession(api, { app: 'acme-oidc', reconnect: made.id });
    await new Agent(api).visit(session.authorizeUrl);
    const ended = await sessionEnd(api, session.id);
    assert.equal(ended.state, 'different_account');
    assert.equal(ended.account.label, 'bob@example.test');
    assert.equal(ended.previousAccount.label, 'alice@example.test');
    assert.equal((await api.get(`/connections/${made.id}`)).account.label, 'alice@example.test', 'nothing has changed yet');
    return session;
  };

  const discarded = await asBob();
  await api.post(`/connect-sessions/${discarded.id}/resolve`, { choice: 'discard' });
  assert.equal((await proxy(api, made, '/api/me')).body.sub, 'alice');

  const separate = await asBob();
  await api.post(`/connect-sessions/${separate.id}/resolve`, { choice: 'separate' });
  const { connection: second } = await api.get(`/connect-sessions/${separate.id}`);
  assert.notEqual(second.id, made.id);
  assert.equal(second.account.label, 'bob@example.test');

  const replaced = await asBob();
  await api.post(`/connect-sessions/${replaced.id}/resolve`, { choice: 'replace' });
  assert.equal((await proxy(api, made, '/api/me')).body.sub, 'bob');
  await idp.set({ account: null });
});

test('m2 Reconnect in the dashboard', async () => {
  const { api } = world;
  const made = await connectOAuth(api, 'acme-oidc', { name: 'Signed out' });
  await breakAtProvider(api, made);
  const page = await openPage(browser, world);
  await signIn(page);
  await row(page, 'Signed out').getByText(/Expired|Error|Revoked/).first().waitFor();
  await shot(page, 'broken');
  await (await menuItem(page, 'Signed out', 'Reconnect')).click();
  const dialog = page.getByRole('dialog');
  const opening = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: /Continue with Acme Mail|Reconnect/ }).click();
  await opening;
  await row(page, 'Signed out').getByText('Active').waitFor();
  assert.equal((await api.get(`/connections/${made.id}`)).status, 'ACTIVE');
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
