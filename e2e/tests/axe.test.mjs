// axe finds nothing on any page, in light and dark; every page is also kept as a picture.
import { after, before, test } from 'node:test';
import { accessible, connectionsPath, openBrowser, openPage, pickApp, row, shot, signIn } from '../support/browser.mjs';
import { addKey, addMember, connectForm, connectOAuth, createWorld, owner, runFlow, whoFlow } from '../support/world.mjs';
import { Patchbay } from '../support/server.mjs';

let world, browser, ids;
before(async () => {
  world = await createWorld({ idp: {}, dot: {} });
  browser = await openBrowser();
  const { api, dot } = world;
  const mail = await connectOAuth(api, 'acme-oidc', { name: 'Company mail' });
  const crm = await connectForm(api, 'Customers', 'API_KEY', { api_key: dot.alice.key });
  await api.post(`/connections/${crm.id}/revoke`);
  await addMember(api, 'editor', 'Eva');
  await api.post('/members', { email: 'invited@acme.test', role: 'viewer' });
  await addKey(api, 'write');
  const flow = await whoFlow(api, 'Greet', mail);
  const run = await runFlow(api, flow);
  ids = { connection: mail.id, flow: flow.id, run: run.id };
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const pages = {
  connections: () => '/connections',
  connection: () => `/connections/${ids.connection}`,
  flows: () => '/flows',
  flow: () => `/flows/${ids.flow}`,
  runs: () => '/runs',
  run: () => `/runs/${ids.run}`,
  apps: () => '/apps',
  app: () => '/apps/acme-oidc',
  'settings-general': () => '/settings/general',
  'settings-members': () => '/settings/members',
  'settings-keys': () => '/settings/keys',
  'settings-oauth-clients': () => '/settings/oauth-clients',
  'settings-security': () => '/settings/security',
  'settings-audit': () => '/settings/audit',
  'settings-workspace': () => '/settings/workspace',
};

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';

  test(`axe: every page, ${theme}`, async (t) => {
    const page = await openPage(browser, world, { dark });
    await signIn(page);
    for (const [name, path] of Object.entries(pages)) {
      await t.test(name, async () => {
        await page.goto(`/p/${world.project.id}${path()}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.waitForLoadState('networkidle');
        await shot(page, `${name}-${theme}`);
        await accessible(page, `${name}, ${theme}`);
      });
    }
    await t.test('new connection dialog', async () => {
      await page.goto(connectionsPath(world));
      await row(page, 'Company mail').waitFor();
      const dialog = await pickApp(page, 'acrm', 'Acme CRM');
      await dialog.getByRole('textbox', { name: 'Name', exact: true }).waitFor();
      await shot(page, `new-connection-${theme}`);
      await accessible(page, `new connection, ${theme}`);
    });
    await page.context().close();
  });

  test(`axe: signed out, ${theme}`, async () => {
    const page = await openPage(browser, world, { dark });
    await page.goto('/login');
    await page.getByLabel('E-mail').waitFor();
    await shot(page, `login-${theme}`);
    await accessible(page, `sign-in, ${theme}`);
    await page.context().close();
  });
}

test('axe: setup, and the way through it by hand', async () => {
  const patchbay = await Patchbay.prepare();
  await patchbay.start();
  try {
    const page = await openPage(browser, { url: patchbay.url });
    await page.goto('/');
    await page.getByLabel('E-mail').waitFor();
    await shot(page, 'setup');
    await accessible(page, 'setup');
    await page.getByLabel('Name', { exact: true }).or(page.getByLabel('Your name')).first().fill(owner.name);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    await shot(page, 'first-connections');
    await accessible(page, 'the first Connections page');
    await page.context().close();
  } finally {
    await patchbay.remove();
  }
});
