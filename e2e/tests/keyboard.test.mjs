// C1–C3 and M1–M3 by keyboard alone: not one click.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dialogGone, openBrowser, openPage, row, shot, tabTo } from '../support/browser.mjs';
import { until } from '../support/processes.mjs';
import { connectForm, createWorld, owner, whoFlow } from '../support/world.mjs';

let world, browser, page;
before(async () => {
  world = await createWorld({ idp: { mode: 'ask' }, dot: {} });
  browser = await openBrowser();
  page = await openPage(browser, world);
  // Whoever uses the mouse here fails.
  await page.addInitScript(() => {
    window.addEventListener('mousedown', (event) => event.isTrusted && (window.mouseUsed = true), true);
  });
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

/** Walks down the open menu to an item and takes it. */
async function choose(name) {
  const item = page.getByRole('menuitem', { name, exact: true });
  await item.waitFor();
  await until(`${name} has the focus`, async () => {
    if (await item.evaluate((element) => element === document.activeElement)) return true;
    await press('ArrowDown');
    return false;
  });
  await press('Enter');
}

/** Where the focus is when the row it was in is gone. */
function headFocused() {
  const head = page.getByRole('heading', { level: 1 });
  return until('the focus is at the head of the page', () => head.evaluate((element) => element === document.activeElement));
}

/** Allow in the OAuth window, by keyboard too. */
async function allow(popup) {
  const button = popup.getByRole('button', { name: 'Allow' });
  await button.waitFor();
  await button.focus();
  await popup.keyboard.press('Enter');
}

test('keyboard: sign in', async () => {
  await page.goto('/');
  await tabTo(page, page.getByLabel('E-mail'));
  await page.keyboard.type(owner.email);
  await tabTo(page, page.getByLabel('Password', { exact: true }));
  await page.keyboard.type(owner.password);
  await press('Enter');
  await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
});

test('c1 c2 keyboard: a connection by the OAuth window', async () => {
  await press('c');
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  const search = dialog.getByRole('searchbox', { name: 'Search apps' });
  await until('the search has the focus', () => search.evaluate((element) => element === document.activeElement));
  await page.keyboard.type('acme mail');
  await dialog.getByRole('option', { name: /^Acme Mail/, selected: true }).waitFor();
  await press('Enter');
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  await name.waitFor();
  await tabTo(page, name);
  await press('Control+a');
  await page.keyboard.type('By keyboard');
  const opening = page.waitForEvent('popup');
  const go = dialog.getByRole('button', { name: 'Continue with Acme Mail' });
  await tabTo(page, go);
  await press('Enter');
  await allow(await opening);
  await row(page, 'By keyboard').getByText('Active').waitFor();
});

test('c2 keyboard: a connection by the API key form', async () => {
  await dialogGone(page);
  await press('c');
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await dialog.waitFor();
  await page.keyboard.type('acme crm');
  await dialog.getByRole('option', { name: /^Acme CRM/, selected: true }).waitFor();
  await press('Enter');
  const methods = dialog.getByRole('radio');
  await methods.first().waitFor();
  await tabTo(page, methods.first());
  await press('ArrowDown');
  if (!(await dialog.getByLabel('API key', { exact: true }).isVisible())) await press('Space');
  const key = dialog.getByLabel('API key', { exact: true });
  await key.waitFor();
  await tabTo(page, key);
  await page.keyboard.type(world.dot.alice.key);
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  await tabTo(page, name);
  await press('Control+a');
  await page.keyboard.type('Key by keyboard');
  await tabTo(page, dialog.getByRole('button', { name: 'Save' }));
  await press('Enter');
  await row(page, 'Key by keyboard').getByText('Active').waitFor();
});

test('m1 keyboard: search and sort', async () => {
  await dialogGone(page);
  await press('/');
  await page.keyboard.type('Key by');
  await row(page, 'By keyboard').waitFor({ state: 'detached' });
  await press('Control+a', 'Delete');
  await row(page, 'By keyboard').waitFor();
});

test('m2 keyboard: Reconnect from the menu', async () => {
  const more = page.getByRole('button', { name: 'More actions for By keyboard' });
  await tabTo(page, more, { most: 80 });
  await press('Enter');
  await choose('Reconnect');
  const dialog = page.getByRole('dialog');
  const go = dialog.getByRole('button', { name: /Continue with Acme Mail|^Reconnect/ });
  const opening = page.waitForEvent('popup');
  await tabTo(page, go);
  await press('Enter');
  await allow(await opening);
  await until('it was reconnected', async () => {
    const [made] = (await world.api.get('/connections?q=By%20keyboard')).data.filter(({ name }) => name === 'By keyboard');
    const { data } = await world.api.get(`/connections/${made.id}/activity`);
    return data.some(({ action }) => action === 'connection.reconnect');
  });
  await dialogGone(page);
});

test('m3 keyboard: Delete with the warning', async () => {
  const { api, dot } = world;
  const doomed = await connectForm(api, 'Doomed', 'API_KEY', { api_key: dot.bob.key });
  await whoFlow(api, 'Digest', doomed);
  await page.reload();
  const more = page.getByRole('button', { name: 'More actions for Doomed' });
  await tabTo(page, more, { most: 100 });
  await press('Enter');
  await choose('Delete…');
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await dialog.getByText('Digest').waitFor();
  await tabTo(page, dialog.getByRole('textbox'));
  await page.keyboard.type('Doomed');
  await tabTo(page, dialog.getByRole('button', { name: /^Delete/ }));
  await press('Enter');
  await dialogGone(page);
  await row(page, 'Doomed').waitFor({ state: 'detached' });
  await headFocused();
});

test('m3 keyboard: Restore, one row after the other', async () => {
  const { api, dot } = world;
  for (const name of ['Back one', 'Back two']) {
    const made = await connectForm(api, name, 'API_KEY', { api_key: dot.bob.key });
    await api.delete(`/connections/${made.id}`);
  }
  await page.goto(`/p/${world.project.id}/connections?view=trash`);
  const more = (name) => page.getByRole('button', { name: `More actions for ${name}` });
  await tabTo(page, more('Back one'), { most: 80 });
  await press('Enter');
  await choose('Restore');
  await row(page, 'Back one').waitFor({ state: 'detached' });
  await until('the next row has the focus', () => more('Back two').evaluate((element) => element === document.activeElement));
  await press('Enter');
  await choose('Restore');
  await row(page, 'Back two').waitFor({ state: 'detached' });
  await until('what is left has the focus', () => more('Doomed').evaluate((element) => element === document.activeElement));
});

test('m3 keyboard: Destroy now, from the trash', async () => {
  await page.goto(`/p/${world.project.id}/connections?view=trash`);
  await tabTo(page, page.getByRole('button', { name: 'More actions for Doomed' }), { most: 80 });
  await press('Enter');
  await choose('Destroy now…');
  const dialog = page.getByRole('alertdialog', { name: 'Destroy Doomed now?' });
  await dialog.getByText('Digest').waitFor();
  const confirm = dialog.getByRole('button', { name: 'Destroy', exact: true });
  assert.equal(await confirm.isDisabled(), true, 'with active flows the name is asked for');
  await tabTo(page, dialog.getByRole('textbox'));
  await page.keyboard.type('Doomed');
  await tabTo(page, confirm);
  await press('Enter');
  await dialogGone(page);
  await page.getByText('The trash is empty').waitFor();
  await headFocused();
});

test('c3 keyboard: a connection chosen in a step', async () => {
  await world.idp.set({ account: 'carol' });
  const flow = await world.api.post('/flows', {
    name: 'Keyed',
    draft: {
      schema: 1,
      trigger: { kind: 'manual' },
      steps: [{ id: 'send', kind: 'action', app: 'acme-oidc', action: 'send_message', input: { text: 'Hello' } }],
    },
  });
  await page.goto(`/p/${world.project.id}/flows/${flow.id}?step=send`);
  const box = page.getByRole('combobox', { name: 'Connection' });
  await box.waitFor();
  await tabTo(page, box, { most: 80 });
  await press('Enter');
  await page.getByRole('option', { name: 'New Connection' }).waitFor();
  await press('End', 'Enter');
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  await name.waitFor();
  await tabTo(page, name);
  await press('Control+a');
  await page.keyboard.type('Step by keyboard');
  const opening = page.waitForEvent('popup');
  await tabTo(page, dialog.getByRole('button', { name: 'Continue with Acme Mail' }));
  await press('Enter');
  await allow(await opening);
  await dialog.waitFor({ state: 'detached' });
  const [made] = (await world.api.get('/connections?q=Step')).data;
  await until('the step holds the new connection', async () => {
    const { draft } = await world.api.get(`/flows/${flow.id}`);
    return draft.steps[0].connection?.$connection === made.id;
  });
  await shot(page, 'step');
});

test('keyboard: the mouse was never used', async () => {
  assert.notEqual(await page.evaluate(() => window.mouseUsed), true);
  assert.deepEqual(page.problems, []);
});
