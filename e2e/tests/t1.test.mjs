// T1: a connection made by any member is there for all members of the project (team and enterprise).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectionsPath, openBrowser, openPage, row, signedIn } from '../support/browser.mjs';
import { addMember, connectForm, createWorld, proxy, runFlow, whoFlow } from '../support/world.mjs';

let world, browser, eva, carl;
before(async () => {
  world = await createWorld({ dot: {} });
  browser = await openBrowser();
  eva = await addMember(world.api, 'editor', 'Eva');
  carl = await addMember(world.api, 'editor', 'Carl');
});
after(async () => {
  await browser?.close();
  await world?.close();
});
const make = (api, name) => connectForm(api, name, 'API_KEY', { api_key: world.dot.alice.key });

test('t1 on enterprise and team everybody in the project sees and uses it', async () => {
  const made = await make(eva, 'Of Eva');
  assert.equal(made.visibility, 'project');
  assert.equal((await carl.get(`/connections/${made.id}`)).name, 'Of Eva');
  assert.equal((await proxy(carl, made, '/api/me')).status, 200);
  const flow = await whoFlow(carl, 'By Carl with it', made);
  assert.equal((await runFlow(carl, flow)).status, 'SUCCEEDED');
  const page = await openPage(browser, world);
  await signedIn(page, carl);
  await page.goto(connectionsPath(world));
  await row(page, 'Of Eva').waitFor();
  await page.context().close();
});

test('t1 one may keep a connection to oneself', async () => {
  const made = await make(eva, 'Private of Eva');
  await eva.patch(`/connections/${made.id}`, { visibility: 'private' });
  await carl.refused(404, 'CONNECTION_NOT_FOUND', 'GET', `/connections/${made.id}`);
  assert.equal((await carl.get('/connections?q=Private')).data.length, 0);
  assert.equal((await proxy(carl, made, '/api/me')).status, 404);
  assert.equal((await proxy(eva, made, '/api/me')).status, 200);
});

test('t1 on pro a new connection is its creator’s alone', async () => {
  const { api } = world;
  const changed = await api.send('PATCH', '/workspace', { plan: 'pro' });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const made = await make(eva, 'Of Eva on pro');
  assert.equal(made.visibility, 'private');
  await carl.refused(404, 'CONNECTION_NOT_FOUND', 'GET', `/connections/${made.id}`);
  await api.patch('/workspace', { plan: 'team' });
  const shared = await make(eva, 'Of Eva on team');
  assert.equal((await carl.get(`/connections/${shared.id}`)).visibility, 'project');
});
