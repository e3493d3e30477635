// M3: Delete warns, names the flows that break, asks, and can be undone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dialogGone, menuItem, openBrowser, openPage, row, shot, signIn } from '../support/browser.mjs';
import { connectForm, createWorld, proxy, whoFlow } from '../support/world.mjs';

let world, browser;
const make = (name) => connectForm(world.api, name, 'API_KEY', { api_key: world.dot.alice.key });
before(async () => {
  world = await createWorld({ dot: {} });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test('m3 deleting one in use is refused with the flows, force goes on, restore brings it back', async () => {
  const { api } = world;
  const made = await make('In use');
  const flow = await whoFlow(api, 'Nightly report', made);
  const error = await api.refused(409, 'CONNECTION_IN_USE', 'DELETE', `/connections/${made.id}`);
  assert.deepEqual(error.details.flows.map(({ id, name }) => ({ id, name })), [{ id: flow.id, name: 'Nightly report' }]);
  assert.equal((await api.get(`/connections/${made.id}`)).status, 'ACTIVE');

  const gone = await api.send('DELETE', `/connections/${made.id}?force=true`);
  assert.equal(gone.status, 204);
  assert.equal((await api.get('/connections?q=In%20use')).data.length, 0);
  assert.notEqual((await proxy(api, made, '/api/me')).status, 200, 'a deleted connection is not used');

  const back = await api.post(`/connections/${made.id}/restore`);
  assert.equal(back.id, made.id);
  assert.equal((await proxy(api, made, '/api/me')).body.user, 'alice');
});

test('m3 one that nothing uses is deleted at once', async () => {
  const made = await make('Spare');
  assert.equal((await world.api.send('DELETE', `/connections/${made.id}`)).status, 204);
});

test('m3 the dialog in the dashboard', async () => {
  const { api } = world;
  const made = await make('Doomed');
  await whoFlow(api, 'Weekly digest', made);
  const page = await openPage(browser, world);
  await signIn(page);
  await (await menuItem(page, 'Doomed', 'Delete…')).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await dialog.getByText('Weekly digest').waitFor();
  await dialog.getByText(/break|stop working/i).first().waitFor();
  await dialog.getByText(/update|deactivate|turn .* off|switch .*off/i).first().waitFor();
  await shot(page, 'warning');
  const confirm = dialog.getByRole('button', { name: /^Delete/ });
  assert.equal(await confirm.isDisabled(), true, 'with active flows the name is asked for');
  await dialog.getByRole('textbox').fill('Doomed');
  await confirm.click();
  await dialogGone(page);
  await row(page, 'Doomed').waitFor({ state: 'detached' });
  assert.equal((await api.get('/connections?deleted=true&q=Doomed')).data[0].id, made.id);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('m3 Cancel deletes nothing', async () => {
  await make('Kept');
  const page = await openPage(browser, world);
  await signIn(page);
  await (await menuItem(page, 'Kept', 'Delete…')).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row(page, 'Kept').waitFor();
  await page.context().close();
});
