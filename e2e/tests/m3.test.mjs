// M3: Delete warns, names the flows that break, asks, and can be undone, until what is in the trash is destroyed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dialogGone, menuItem, openBrowser, openPage, row, shot, signIn } from '../support/browser.mjs';
import { until } from '../support/processes.mjs';
import { connectForm, createWorld, proxy, runEnd, runFlow, whoFlow } from '../support/world.mjs';

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

test('m3 runs that meet one in the trash wait, the page says so, and Restore lets them go on in order', async () => {
  const { api } = world;
  const made = await make('Thrown away');
  const flow = await whoFlow(api, 'Waits', made);
  await api.delete(`/connections/${made.id}?force=true`);
  const held = [await runFlow(api, flow, {}, ['HELD']), await runFlow(api, flow, {}, ['HELD'])];
  const waitingFor = held[0].waitingFor.connection;
  assert.deepEqual([waitingFor.id, waitingFor.name, typeof waitingFor.deletedAt], [made.id, 'Thrown away', 'string']);
  assert.equal((await api.get(`/connections/${made.id}/usage`)).heldRuns, 2);

  const page = await openPage(browser, world);
  await signIn(page);
  await page.goto(`/p/${world.project.id}/connections?view=trash`);
  await (await menuItem(page, 'Thrown away', 'Destroy now…')).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('2 runs held for it fail').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialogGone(page);
  await page.goto(`/p/${world.project.id}/runs`);
  await page.getByText('waits for Thrown away, which was deleted').first().waitFor();
  await page.goto(`/p/${world.project.id}/runs/${held[0].id}`);
  await page.getByText('Thrown away was deleted').waitFor();
  await shot(page, 'held');
  await page.getByRole('button', { name: 'Restore' }).click();
  await page.getByText('Resuming 2 held runs').waitFor();
  const ended = await Promise.all(held.map(({ id }) => runEnd(api, id)));
  assert.deepEqual(ended.map(({ status }) => status), ['SUCCEEDED', 'SUCCEEDED']);
  assert.ok(ended[0].finishedAt <= ended[1].finishedAt);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('m3 one that nothing uses is deleted at once', async () => {
  const made = await make('Spare');
  assert.equal((await world.api.send('DELETE', `/connections/${made.id}`)).status, 204);
});

test('m3 what is in the trash is destroyed at once on request; runs held for it end and say why', async () => {
  const { api } = world;
  const made = await make('Destroyed');
  const flow = await whoFlow(api, 'Left alone', made);
  await api.post(`/connections/${made.id}/revoke`);
  const held = await runFlow(api, flow, {}, ['HELD']);
  await api.refused(409, 'CONFLICT', 'POST', `/connections/${made.id}/destroy`);
  await api.delete(`/connections/${made.id}?force=true`);
  assert.equal((await api.get(`/runs/${held.id}`)).status, 'HELD');
  assert.equal((await api.send('POST', `/connections/${made.id}/destroy`)).status, 204);
  const run = await runEnd(api, held.id);
  assert.deepEqual([run.status, run.error.code], ['FAILED', 'CONNECTION_NOT_FOUND']);
  for (const [method, path] of [['POST', 'destroy'], ['POST', 'restore'], ['GET', 'usage']]) {
    await api.refused(404, 'CONNECTION_NOT_FOUND', method, `/connections/${made.id}/${path}`);
  }
  const [last] = (await api.get(`/audit?subject=${made.id}`)).data;
  assert.deepEqual([last.action, last.actor.name], ['connection.destroy', 'Ana']);
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
  await dialog.getByText('Runs that need it are held until it is restored').waitFor();
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

test('m3 Destroy now from the trash and from the page of a connection', async () => {
  const { api } = world;
  const [listed, shown] = [await make('Listed'), await make('Shown')];
  for (const { id } of [listed, shown]) await api.delete(`/connections/${id}`);
  const page = await openPage(browser, world);
  await signIn(page);
  const dialog = page.getByRole('alertdialog');
  const confirm = dialog.getByRole('button', { name: 'Destroy', exact: true });
  const heading = page.getByRole('heading', { level: 1, name: 'Connections' });
  const focused = (locator, what) => until(what, () => locator.evaluate((element) => element === document.activeElement));

  await page.goto(`/p/${world.project.id}/connections?view=trash`);
  await (await menuItem(page, 'Listed', 'Destroy now…')).click();
  await dialog.getByText('This cannot be undone').waitFor();
  assert.equal(await dialog.getByRole('textbox').count(), 0, 'no flow runs with it: nothing is to be typed');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialogGone(page);
  await focused(page.getByRole('button', { name: 'More actions for Listed' }), 'the focus is back at the menu');

  const refused = { error: { code: 'UNAVAILABLE', message: 'The database rests.', statusCode: 503, requestId: 'req_1' } };
  await page.route('**/destroy', (route) => route.fulfill({ status: 503, json: refused }), { times: 1 });
  await (await menuItem(page, 'Listed', 'Destroy now…')).click();
  await confirm.click();
  await dialog.getByRole('alert').getByText('The database rests.').waitFor();
  await shot(page, 'refused');
  await confirm.click();
  await dialogGone(page);
  await page.getByText('Listed is destroyed').waitFor();
  await row(page, 'Listed').waitFor({ state: 'detached' });
  await focused(heading, 'the focus is at the head of the list');
  await row(page, 'Shown').waitFor();

  await page.goto(`/p/${world.project.id}/connections/${shown.id}`);
  await page.getByRole('button', { name: 'Destroy now…' }).click();
  await confirm.click();
  await page.waitForURL(/connections\?view=trash/);
  await dialogGone(page);
  await focused(heading, 'the focus is at the head of the list');
  assert.equal(await row(page, 'Shown').count(), 0);
  await page.goBack();
  await page.getByText('There is no such connection').waitFor();
  assert.deepEqual(page.problems, []);
  for (const { id } of [listed, shown]) assert.equal((await api.send('GET', `/connections/${id}?deleted=true`)).status, 404);
  await page.context().close();
});
