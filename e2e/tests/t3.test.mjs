// T3: an admin revokes any connection, at once, also in the middle of a run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { menuItem, openBrowser, openPage, row, shot, signIn } from '../support/browser.mjs';
import { until } from '../support/processes.mjs';
import { addMember, connectForm, connectOAuth, createFlow, createWorld, proxy, runEnd, stepOf, uses } from '../support/world.mjs';

let world, browser, eva;
before(async () => {
  world = await createWorld({ idp: {}, dot: {} });
  browser = await openBrowser();
  eva = await addMember(world.api, 'editor', 'Eva');
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test('t3 revoked: nobody uses it any more, at the provider neither', async () => {
  const made = await connectOAuth(eva, 'acme-oidc', { name: 'Mail of Eva' });
  const { access, refresh } = (await world.idp.log()).issued.at(-1);
  const revoked = await world.api.post(`/connections/${made.id}/revoke`, { atProvider: true });
  assert.equal(revoked.status, 'REVOKED');
  assert.equal(revoked.statusReason, 'revoked_here');
  assert.equal((await proxy(eva, made, '/api/me')).status, 422);
  await until('the provider was told', async () => {
    const response = await fetch(`${world.idp.url}/api/me`, { headers: { authorization: `Bearer ${access}` } });
    const basic = Buffer.from('web-basic:web-basic-secret').toString('base64');
    const renewed = await fetch(`${world.idp.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh }),
    });
    return response.status === 401 || renewed.status === 400;
  });
  const { data } = await world.api.get(`/audit?subject=${made.id}`);
  assert.ok(data.some(({ action }) => action === 'connection.revoke'));
});

test('t3 mid-run: the next step does not send', async () => {
  const made = await connectForm(eva, 'Customers', 'API_KEY', { api_key: world.dot.alice.key });
  const send = (id) => ({ id, kind: 'http', connection: uses(made), input: { method: 'POST', url: '/api/messages', body: { text: id } } });
  const flow = await createFlow(eva, 'Two messages', {
    trigger: { kind: 'manual' },
    steps: [send('first'), { id: 'pause', kind: 'delay', input: { seconds: 4 } }, send('second')],
  });
  const { runId } = await eva.post(`/flows/${flow.id}/runs`, { input: {} });
  await until('the first message was sent', async () => stepOf(await eva.get(`/runs/${runId}`), 'first')?.status === 'SUCCEEDED');
  await world.api.post(`/connections/${made.id}/revoke`);
  const run = await runEnd(eva, runId, ['HELD', 'FAILED']);
  assert.equal(stepOf(run, 'first').status, 'SUCCEEDED');
  const { messages } = await world.dot.log();
  assert.deepEqual(messages.map(({ text }) => text), ['first']);
});

test('t3 Revoke in the dashboard', async () => {
  await connectForm(eva, 'To be revoked', 'API_KEY', { api_key: world.dot.bob.key });
  const page = await openPage(browser, world);
  await signIn(page);
  await (await menuItem(page, 'To be revoked', 'Revoke…')).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await shot(page, 'dialog');
  await dialog.getByRole('button', { name: /^Revoke/ }).click();
  await row(page, 'To be revoked').getByText('Revoked').first().waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
