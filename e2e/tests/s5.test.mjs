// S5: admins manage all connections, editors create and manage their own, viewers change nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectionsPath, menuItem, openBrowser, openPage, row, shot, signedIn } from '../support/browser.mjs';
import { addMember, connectForm, createWorld, proxy, whoFlow } from '../support/world.mjs';

let world, browser, editor, colleague, viewer, ownersConnection;
before(async () => {
  world = await createWorld({ dot: {} });
  browser = await openBrowser();
  editor = await addMember(world.api, 'editor', 'Eva');
  colleague = await addMember(world.api, 'editor', 'Carl');
  viewer = await addMember(world.api, 'viewer', 'Vera');
  ownersConnection = await make(world.api, 'Of the owner');
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const make = (api, name) => connectForm(api, name, 'API_KEY', { api_key: world.dot.alice.key });
const managed = (connection) => [
  ['PATCH', `/connections/${connection.id}`, { name: 'Other name' }],
  ['POST', `/connections/${connection.id}/reconnect`, { value: { api_key: world.dot.bob.key } }],
  ['POST', `/connections/${connection.id}/revoke`, {}],
  ['POST', `/connections/${connection.id}/transfer`, { owner: colleague.user.id }],
  ['DELETE', `/connections/${connection.id}?force=true`],
  ['POST', `/connections/${connection.id}/destroy`],
];

test('s5 an editor creates connections and manages their own', async () => {
  const own = await make(editor, 'Of the editor');
  assert.equal(own.owner.name, 'Eva');
  assert.deepEqual(own.can, { manage: true, use: true });
  await editor.patch(`/connections/${own.id}`, { name: 'Renamed by Eva' });
  await editor.post(`/connections/${own.id}/check`);
  await editor.post(`/connections/${own.id}/revoke`);
  assert.equal((await editor.send('DELETE', `/connections/${own.id}`)).status, 204);
  await editor.post(`/connections/${own.id}/restore`);
  await editor.refused(409, 'CONFLICT', 'POST', `/connections/${own.id}/destroy`);
  await editor.delete(`/connections/${own.id}`);
  assert.equal((await editor.send('POST', `/connections/${own.id}/destroy`)).status, 204);
});

test('s5 an editor uses but does not manage those of others', async () => {
  assert.equal((await proxy(editor, ownersConnection, '/api/me')).status, 200);
  assert.deepEqual((await editor.get(`/connections/${ownersConnection.id}`)).can, { manage: false, use: true });
  for (const [method, path, body] of managed(ownersConnection)) await editor.refused(403, 'FORBIDDEN', method, path, body);
  await editor.refused(403, 'FORBIDDEN', 'PUT', '/oauth-clients/acme-django', world.dot.client);
  await editor.refused(403, 'FORBIDDEN', 'POST', '/members', { email: 'x@acme.test', role: 'admin' });
});

test('s5 a viewer sees and changes nothing', async () => {
  const seen = await viewer.get(`/connections/${ownersConnection.id}`);
  assert.deepEqual(seen.can, { manage: false, use: false });
  for (const [method, path, body] of managed(ownersConnection)) await viewer.refused(403, 'FORBIDDEN', method, path, body);
  await viewer.refused(403, 'FORBIDDEN', 'POST', '/connections', {
    name: 'Not mine',
    app: 'acme-django',
    type: 'API_KEY',
    value: { api_key: world.dot.alice.key },
  });
  await viewer.refused(403, 'FORBIDDEN', 'POST', '/connect-sessions', { app: 'acme-django' });
  await viewer.refused(403, 'FORBIDDEN', 'POST', `/connections/${ownersConnection.id}/check`);
  await viewer.refused(403, 'FORBIDDEN', 'GET', `/connections/${ownersConnection.id}/proxy/api/me`);
  const flow = await whoFlow(world.api, 'Greet', ownersConnection);
  await viewer.refused(403, 'FORBIDDEN', 'POST', `/flows/${flow.id}/runs`, { input: {} });
});

test('s5 an admin manages and revokes all', async () => {
  const admin = await addMember(world.api, 'admin', 'Adam');
  const one = await make(editor, 'Managed by Adam');
  assert.equal((await admin.get(`/connections/${one.id}`)).can.manage, true);
  await admin.patch(`/connections/${one.id}`, { name: 'Adam was here' });
  await admin.post(`/connections/${one.id}/transfer`, { owner: colleague.user.id });
  assert.equal((await admin.get(`/connections/${one.id}`)).owner.name, 'Carl');
  assert.equal((await admin.post(`/connections/${one.id}/revoke`)).status, 'REVOKED');
  assert.equal((await admin.send('DELETE', `/connections/${one.id}`)).status, 204);
});

test('s5 a viewer does not see the buttons', async () => {
  const page = await openPage(browser, world);
  await signedIn(page, viewer);
  await page.goto(connectionsPath(world));
  await row(page, 'Of the owner').waitFor();
  assert.equal(await page.getByRole('button', { name: 'New Connection' }).count(), 0);
  const more = page.getByRole('button', { name: 'More actions for Of the owner' });
  if (await more.count()) {
    await more.click();
    for (const item of ['Reconnect', 'Check now', 'Rename…', 'Replace in flows…', 'Transfer owner…', 'Revoke…', 'Delete…']) {
      assert.equal(await page.getByRole('menuitem', { name: item, exact: true }).count(), 0, item);
    }
  }
  await shot(page, 'viewer');
  await page.context().close();
});

test('s5 of what is in the trash, a viewer is offered neither Restore nor Destroy', async () => {
  const thrown = await make(world.api, 'Thrown away');
  await world.api.delete(`/connections/${thrown.id}`);
  await viewer.refused(403, 'FORBIDDEN', 'POST', `/connections/${thrown.id}/destroy`);
  const page = await openPage(browser, world);
  await signedIn(page, viewer);
  await page.goto(`${connectionsPath(world)}?view=trash`);
  await (await menuItem(page, 'Thrown away', 'View flows')).waitFor();
  assert.deepEqual(await page.getByRole('menuitem').allTextContents(), ['View flows', 'Copy id']);
  await page.keyboard.press('Escape');
  await page.goto(`${connectionsPath(world)}/${thrown.id}`);
  await page.getByText('It is in the trash').waitFor();
  for (const name of ['Restore', 'Destroy now…']) assert.equal(await page.getByRole('button', { name }).count(), 0, name);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('s5 a removed member loses access at once; what they made stays', async () => {
  const leaver = await addMember(world.api, 'editor', 'Lea');
  const left = await make(leaver, 'Of somebody who left');
  await world.api.delete(`/members/${leaver.user.id}`);
  const answer = await leaver.send('GET', '/connections');
  assert.ok([401, 404].includes(answer.status), JSON.stringify(answer.body));
  assert.equal((await proxy(world.api, left, '/api/me')).status, 200);
});
