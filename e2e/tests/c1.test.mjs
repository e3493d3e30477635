// C1: Connections → New Connection → search → auth flow → name → save.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectionsPath, openBrowser, openPage, pickApp, row, shot, signIn } from '../support/browser.mjs';
import { connectOAuth, createWorld, owner } from '../support/world.mjs';

let world, browser;
before(async () => {
  world = await createWorld({ idp: { mode: 'ask' }, dot: {} });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test('c1 a connection is made in the dashboard by the OAuth window', async () => {
  const page = await openPage(browser, world);
  await signIn(page);
  assert.match(page.url(), new RegExp(`${connectionsPath(world)}`));
  await shot(page, 'empty');
  const dialog = await pickApp(page, 'amail', 'Acme Mail');
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Company Gmail');
  const opening = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: 'Continue with Acme Mail' }).click();
  const popup = await opening;
  await popup.getByRole('button', { name: 'Allow' }).click();
  await row(page, 'Company Gmail').getByText('Active').waitFor();
  await row(page, 'Company Gmail').getByText('alice@example.test').waitFor();
  if (!popup.isClosed()) await popup.waitForEvent('close');
  await shot(page, 'connected');
  const [made] = (await world.api.get('/connections?q=Company%20Gmail')).data;
  assert.equal(made.owner.name, owner.name);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('c1 search finds an app by name, alias, category and description', async () => {
  const found = async (q) => (await world.api.get(`/apps?limit=100&q=${encodeURIComponent(q)}`)).data.map(({ slug }) => slug);
  assert.equal((await found('Acme Mail'))[0], 'acme-oidc');
  assert.equal((await found('amail'))[0], 'acme-oidc');
  assert.ok((await found('communication')).includes('acme-oidc'));
  assert.ok((await found('OpenID provider')).includes('acme-oidc'));
  assert.deepEqual(await found('no app is called this'), []);
});

test('c1 the search says so when there is no such app', async () => {
  const page = await openPage(browser, world);
  await signIn(page);
  await page.getByRole('button', { name: 'New Connection' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await dialog.getByRole('searchbox', { name: 'Search apps' }).fill('qqqq');
  await dialog.getByText(/No app called/).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.context().close();
});

test('c1 without an OAuth client an admin enters it in place', async () => {
  await world.api.delete('/oauth-clients/acme-oidc');
  const error = await world.api.refused(422, 'OAUTH_CLIENT_MISSING', 'POST', '/connect-sessions', { app: 'acme-oidc' });
  assert.equal(error.details.redirectUri, world.patchbay.redirect('acme-oidc'));
  assert.equal(error.details.canConfigure, true);
  const page = await openPage(browser, world);
  await signIn(page);
  const dialog = await pickApp(page, 'amail', 'Acme Mail');
  await dialog.getByText(world.patchbay.redirect('acme-oidc')).first().waitFor();
  await dialog.getByLabel('Client ID').fill(world.idp.client.clientId);
  await dialog.getByLabel('Client secret', { exact: true }).fill(world.idp.client.clientSecret);
  await shot(page, 'client');
  await dialog.getByRole('button', { name: /^Save/ }).click();
  await dialog.getByRole('button', { name: 'Continue with Acme Mail' }).waitFor();
  await page.context().close();
  const clients = await world.api.get('/oauth-clients');
  assert.equal(JSON.stringify(clients).includes(world.idp.client.clientSecret), false);
});

test('c1 a connection that exists for the account is offered again', async () => {
  await world.idp.set({ mode: 'auto' });
  const made = await connectOAuth(world.api, 'acme-oidc', { name: 'Twice' });
  const options = await world.api.get(`/projects/${world.project.id}/apps/acme-oidc/connect-options`);
  assert.ok(options.existing.some(({ id }) => id === made.id));
  assert.equal(options.redirectUri, world.patchbay.redirect('acme-oidc'));
});

/** A key file's text, of the same shape for every letter. */
const keyFile = (letter) => ['-----BEGIN RSA PRIVATE KEY-----', ...Array(4).fill(letter.repeat(40)), '-----END RSA PRIVATE KEY-----'].join('\n');

for (const [kind, drawsDots] of [
  ['a browser that draws dots', true],
  ['a browser that draws none', false],
]) {
  test(`c1 a key file is not drawn before Show is pressed, in ${kind}`, async () => {
    const page = await openPage(browser, world);
    if (!drawsDots) {
      await page.addInitScript(() => {
        const supports = CSS.supports.bind(CSS);
        CSS.supports = (property, ...value) => property !== '-webkit-text-security' && supports(property, ...value);
      });
    }
    await signIn(page);
    const dialog = await pickApp(page, 'github', 'GitHub');
    await dialog.getByText('GitHub App', { exact: true }).first().click();
    const field = dialog.getByRole('textbox', { name: 'Private key' });
    await field.waitFor();
    if (!drawsDots) await field.evaluate((element) => element.style.setProperty('-webkit-text-security', 'none'));
    // Without the frame: the edges of its round corners are smoothed a shade differently from one picture to the next.
    const inside = async () => {
      const { x, y, width, height } = await field.boundingBox();
      const clip = { x: x + 4, y: y + 4, width: width - 8, height: height - 8 };
      return page.screenshot({ clip, caret: 'hide' });
    };
    const drawn = async (letter) => {
      await field.fill(keyFile(letter));
      await dialog.getByRole('textbox', { name: 'App ID' }).focus();
      await page.mouse.move(0, 0);
      // Rings and colours fade for a moment: it stands still when two pictures in a row are the same.
      let before = await inside();
      for (let tries = 0; tries < 40; tries += 1) {
        await page.waitForTimeout(150);
        const now = await inside();
        if (now.equals(before)) return now;
        before = now;
      }
      throw new Error('the field does not stand still');
    };
    const hidden = await drawn('A');
    assert.ok(hidden.equals(await drawn('W')), 'two keys look the same while hidden');
    await dialog.getByRole('button', { name: 'Show' }).click();
    await field.evaluate((element) => element.style.removeProperty('-webkit-text-security'));
    const shown = await drawn('A');
    assert.equal(shown.equals(await drawn('W')), false, 'and not once shown');
    assert.equal(await field.inputValue(), keyFile('W'));
    await dialog.getByRole('button', { name: 'Hide' }).click();
    await shot(page, `key-file-${drawsDots ? 'dots' : 'veiled'}`);
    await page.context().close();
  });
}
