// axe finds nothing in the states of Connections: the list, a connection, New connection with its window, Reconnect,
// Replace, Revoke, Delete, the trash; light and dark.
import { after, before, test } from 'node:test';
import { accessible, menuItem, openBrowser, openPage, pickApp, row, shot, signedIn, signIn } from '../support/browser.mjs';
import { addMember, connectForm, connectOAuth, createWorld, runFlow, whoFlow } from '../support/world.mjs';

let world, browser, editor, ids;
before(async () => {
  world = await createWorld({ idp: { mode: 'auto' }, dot: {} });
  browser = await openBrowser();
  const { api, dot } = world;
  const key = (name, person = dot.alice) => connectForm(api, name, 'API_KEY', { api_key: person.key });
  const mail = await connectOAuth(api, 'acme-oidc', { name: 'Company mail' });
  const crm = await key('Customers');
  await key('Of Bob', dot.bob);
  await whoFlow(api, 'Greet', crm);
  await whoFlow(api, 'Send', mail);
  const broken = await key('Support desk');
  const waiting = await whoFlow(api, 'Escalate', broken);
  await api.post(`/connections/${broken.id}/revoke`);
  await runFlow(api, waiting, {}, ['HELD']);
  const old = await key('Thrown away');
  await api.delete(`/connections/${old.id}`);
  const named = await key('Named yet');
  await whoFlow(api, 'Remind', named);
  await api.delete(`/connections/${named.id}?force=true`);
  editor = await addMember(api, 'editor', 'Eva');
  const empty = await api.post('/projects', { name: 'Empty' });
  ids = { mail: mail.id, crm: crm.id, broken: broken.id, named: named.id, empty: empty.id };
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const list = (project = world.project.id) => `/p/${project}/connections`;
const item = (id, tab) => `${list()}/${id}${tab ? `?tab=${tab}` : ''}`;
const dialogOf = (page) => page.getByRole('dialog').or(page.getByRole('alertdialog'));

/** Opens what the menu of a connection leads to. */
async function fromMenu(page, name, entry) {
  await page.goto(list());
  await (await menuItem(page, name, entry)).click();
  await dialogOf(page).waitFor();
}

/** New connection at the pane of an app, with its API key form. */
async function keyForm(page, key) {
  await page.goto(list());
  const dialog = await pickApp(page, 'acrm', 'Acme CRM');
  await dialog.getByText('API key', { exact: true }).first().click();
  if (key !== undefined) await dialog.getByRole('textbox', { name: 'API key' }).fill(key);
  await dialog.getByRole('button', { name: 'Save' }).click();
  return dialog;
}

/** The sign-in window, open; the provider asks as it is told to. */
async function window_(page, settings) {
  await world.idp.set({ mode: 'ask', account: 'somebody', tokenStatus: 0, ...settings });
  await page.goto(list());
  const dialog = await pickApp(page, 'amail', 'Acme Mail');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('By window');
  const opening = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: 'Continue with Acme Mail' }).click();
  const popup = await opening;
  await popup.getByRole('button', { name: 'Allow' }).waitFor();
  return { dialog, popup };
}

const states = {
  'a strip, tabs and rows': async (page) => {
    await page.goto(list());
    await page.getByRole('region', { name: 'Needs attention' }).waitFor();
  },
  'filters to choose': async (page) => {
    await page.goto(list());
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('dialog').waitFor();
  },
  'nothing matches': async (page) => {
    await page.goto(`${list()}?q=nothing+like+that`);
    await page.getByText('Nothing matches').waitFor();
  },
  'the trash': async (page) => {
    await page.goto(`${list()}?view=trash`);
    await row(page, 'Thrown away').waitFor();
  },
  'one in the trash to destroy that flows name': async (page) => {
    await page.goto(`${list()}?view=trash`);
    await (await menuItem(page, 'Named yet', 'Destroy now…')).click();
    await page.getByLabel(/to confirm/).waitFor();
  },
  'one in the trash to destroy that nothing names': async (page) => {
    await page.goto(`${list()}?view=trash`);
    await (await menuItem(page, 'Thrown away', 'Destroy now…')).click();
    await dialogOf(page).waitFor();
  },
  'no connections': async (page) => {
    await page.goto(list(ids.empty));
    await page.getByText('Connect your first app').waitFor();
  },
  'a list on its way': async (page) => {
    await page.route(/\/connections\?/, () => {});
    await page.goto(list());
    await page.getByLabel('Loading connections').waitFor();
  },
  'a list that does not load': async (page) => {
    await page.route(/\/connections\?/, (route) => route.fulfill({ status: 500, json: { error: { code: 'INTERNAL', message: 'It broke.', statusCode: 500, requestId: 'req_1' } } }));
    await page.goto(list());
    await page.getByRole('alert').waitFor();
  },
  'the reason of a status': async (page) => {
    await page.goto(list());
    await row(page, 'Support desk').getByRole('button', { name: /Revoked/ }).click();
    await page.getByRole('dialog').waitFor();
  },
  'a menu': async (page) => {
    await page.goto(list());
    await menuItem(page, 'Customers', 'Rename…');
    await page.getByRole('menu').waitFor();
  },
  'the flows that use one': (page) => fromMenu(page, 'Customers', 'View flows'),
  'a name to change': (page) => fromMenu(page, 'Customers', 'Rename…'),
  'an owner to choose': (page) => fromMenu(page, 'Customers', 'Transfer owner…'),
  'a replacement, with what it changes': async (page) => {
    await fromMenu(page, 'Customers', 'Replace in flows…');
    const dialog = page.getByRole('dialog', { name: 'Replace Customers in flows' });
    await dialog.getByRole('combobox').click();
    await page.getByRole('option', { name: /Of Bob/ }).click();
    await dialog.getByText('Greet').first().waitFor();
  },
  'one to revoke': (page) => fromMenu(page, 'Customers', 'Revoke…'),
  'one to delete that flows use': async (page) => {
    await fromMenu(page, 'Customers', 'Delete…');
    await page.getByLabel(/to confirm/).waitFor();
  },
  'one to delete that nothing uses': (page) => fromMenu(page, 'Of Bob', 'Delete…'),
  'one to reconnect by key': (page) => fromMenu(page, 'Support desk', 'Reconnect'),
  'one to reconnect by sign-in': (page) => fromMenu(page, 'Company mail', 'Reconnect'),
  'another account than before': async (page) => {
    await world.idp.set({ mode: 'auto', account: 'bob', tokenStatus: 0 });
    await fromMenu(page, 'Company mail', 'Reconnect');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^(Continue with|Reconnect)/ }).click();
    await dialog.getByText(/bob@example\.test/).first().waitFor();
  },
  'apps to choose from': async (page) => {
    await page.goto(list());
    await page.getByRole('button', { name: 'New Connection' }).first().click();
    await page.getByRole('option').first().waitFor();
  },
  'no such app': async (page) => {
    await page.goto(list());
    await page.getByRole('button', { name: 'New Connection' }).first().click();
    await page.getByRole('searchbox', { name: 'Search apps' }).fill('zzzzq');
    await page.getByText(/No app called/).waitFor();
  },
  'code of the dialog on its way': async (page) => {
    await page.goto(list());
    await row(page, 'Customers').waitFor();
    await page.route(/assets\/NewConnectionDialog/, () => {});
    await page.getByRole('button', { name: 'New Connection' }).first().click();
    await page.getByRole('status', { name: 'Opening' }).waitFor();
  },
  'several ways to sign in': async (page) => {
    await page.goto(list());
    await pickApp(page, 'acrm', 'Acme CRM');
  },
  'a key that is missing': async (page) => {
    await (await keyForm(page)).locator('[aria-invalid=true]').waitFor();
  },
  'a key that is wrong': async (page) => {
    await (await keyForm(page, '0'.repeat(40))).getByText(/does not accept/).waitFor();
  },
  'an account that is connected already': async (page) => {
    const dialog = await keyForm(page, world.dot.bob.key);
    await dialog.getByText(/already connected/).waitFor();
  },
  'a client to set up': async (page) => {
    await page.goto(list());
    const dialog = await pickApp(page, 'slack', 'Slack');
    await dialog.getByText(/scopes it asks for/).click();
    await dialog.getByRole('list', { name: 'Scopes to allow at Slack' }).waitFor();
  },
  'the window waits': async (page) => {
    const { dialog } = await window_(page);
    await dialog.getByText(/Waiting for you/).first().waitFor();
  },
  'the window was declined': async (page) => {
    const { dialog, popup } = await window_(page);
    await popup.getByRole('button', { name: 'Deny' }).click();
    await dialog.getByText(/declined|said no|denied/i).first().waitFor();
  },
  'the provider failed': async (page) => {
    const { dialog, popup } = await window_(page);
    await world.idp.set({ tokenStatus: 500 });
    await popup.getByRole('button', { name: 'Allow' }).click();
    await dialog.getByText(/Acme Mail (refused|failed|did not|is not)/).first().waitFor();
  },
  overview: (page) => page.goto(item(ids.crm)),
  'used by': async (page) => {
    await page.goto(item(ids.crm, 'usage'));
    await page.getByText('Greet').waitFor();
  },
  activity: (page) => page.goto(item(ids.crm, 'activity')),
  settings: (page) => page.goto(item(ids.crm, 'settings')),
  'a broken one': (page) => page.goto(item(ids.broken)),
  'one in the trash': async (page) => {
    await page.goto(item(ids.named));
    await page.getByText('It is in the trash').waitFor();
  },
  'one that is not there': async (page) => {
    await page.goto(item('conn_00000000000000000000000000'));
    await page.getByText('There is no such connection').waitFor();
  },
};

for (const [theme, dark] of [['light', false], ['dark', true]]) {
  test(`axe: states of connections, ${theme}`, async (t) => {
    const page = await openPage(browser, world, { dark });
    await signIn(page);
    for (const [name, enter] of Object.entries(states)) {
      await t.test(name, async () => {
        await enter(page);
        await page.getByRole('heading', { level: 1, includeHidden: true }).first().waitFor({ state: 'attached' });
        await page.waitForTimeout(150);
        await shot(page, `${name.replace(/\W+/g, '-')}-${theme}`);
        await accessible(page, `${name}, ${theme}`);
        for (const other of page.context().pages()) if (other !== page) await other.close();
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.goto('about:blank');
      });
    }
    await page.context().close();
  });
}

test('axe: connections on a telephone, and what an editor is told where a client is missing', async (t) => {
  const page = await openPage(browser, world, { width: 360, height: 720 });
  await signedIn(page, editor);
  for (const path of [list(), `${list()}?view=trash`, item(ids.crm), item(ids.broken), item(ids.crm, 'usage')]) {
    await t.test(path.replace(/_\w+/g, ''), async () => {
      await page.goto(path);
      await page.waitForLoadState('networkidle');
      await accessible(page, path);
    });
  }
  await page.goto(list());
  const dialog = await pickApp(page, 'gmail', 'Gmail');
  await dialog.getByRole('radio', { name: 'Sign in with Google' }).click();
  await dialog.getByText(/has no OAuth client here yet/).waitFor();
  await accessible(page, 'whom to ask');
  await page.context().close();
});
