// C2: an OAuth window, an API key form and a basic auth form, each checked against the app before saving.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, pickApp, row, shot, signIn } from '../support/browser.mjs';
import { connectForm, connectOAuth, createWorld, proxy } from '../support/world.mjs';

let world, browser;
before(async () => {
  world = await createWorld({ idp: {}, dot: {} });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test('c2 OAuth by authorization code, two providers', async () => {
  const { api, dot, idp } = world;
  const mail = await connectOAuth(api, 'acme-oidc', { name: 'Company mail' });
  assert.equal(mail.type, 'OAUTH2');
  assert.equal(mail.status, 'ACTIVE');
  assert.equal(mail.account.label, 'alice@example.test');
  assert.deepEqual(mail.hosts, [idp.host]);
  assert.equal((await proxy(api, mail, '/api/me')).body.sub, 'alice');

  const crm = await connectOAuth(api, 'acme-django', {
    name: 'Company CRM',
    authMethod: 'oauth2',
    person: { username: dot.bob.name, password: dot.bob.password },
  });
  assert.equal(crm.account.label, 'bob@example.test');
  const me = await proxy(api, crm, '/api/me');
  assert.deepEqual([me.body.user, me.body.auth], ['bob', 'oauth2']);
});

test('c2 API key: checked first, kept when good, told why when not', async () => {
  const { api, dot } = world;
  const error = await api.refused(422, 'CREDENTIAL_REJECTED', 'POST', '/connections', {
    name: 'Wrong key',
    app: 'acme-django',
    type: 'API_KEY',
    value: { api_key: 'f'.repeat(40) },
  });
  assert.equal(error.details.reason, 'wrong_key');
  assert.match(error.details.providerMessage, /Invalid token/);
  assert.equal((await api.get('/connections?q=Wrong')).data.length, 0, 'nothing is stored');

  const made = await connectForm(api, 'Production CRM', 'API_KEY', { api_key: dot.alice.key });
  assert.equal(made.status, 'ACTIVE');
  assert.equal(made.hint, dot.alice.key.slice(-4));
  assert.equal(made.account.id, 'alice');
  const me = await proxy(api, made, '/api/me');
  assert.deepEqual([me.body.user, me.body.auth], ['alice', 'api_key']);
});

test('c2 basic: checked first, kept when good', async () => {
  const { api, dot } = world;
  const { name, password } = dot.bob;
  await api.refused(422, 'CREDENTIAL_REJECTED', 'POST', '/connections', {
    name: 'Wrong password',
    app: 'acme-django',
    type: 'BASIC',
    value: { username: name, password: 'guess' },
  });
  const made = await connectForm(api, 'CRM of Bob', 'BASIC', { username: name, password });
  assert.equal(made.type, 'BASIC');
  assert.equal(made.hint, null);
  const me = await proxy(api, made, '/api/me');
  assert.deepEqual([me.body.user, me.body.auth], ['bob', 'basic']);
});

test('c2 bad input: unknown app, missing, misshapen and unknown fields, OAuth without a browser, name taken', async () => {
  const { api, dot } = world;
  const key = { api_key: dot.alice.key };
  const body = { name: 'Odd one', app: 'acme-django', type: 'API_KEY', value: key };
  await api.refused(404, 'APP_NOT_FOUND', 'POST', '/connections', { ...body, app: 'no-such-app' });
  for (const value of [{}, { api_key: '' }, { api_key: 'NOT lower case!' }, { ...key, extra: 'x' }]) {
    await api.refused(422, 'VALIDATION_FAILED', 'POST', '/connections', { ...body, value });
  }
  await api.refused(422, 'NEEDS_BROWSER', 'POST', '/connections', { ...body, app: 'acme-oidc', type: 'OAUTH2', value: {} });
  await connectForm(api, 'Taken', 'API_KEY', key);
  await api.refused(409, 'CONNECTION_NAME_TAKEN', 'POST', '/connections', { ...body, name: 'tAKEN' });
  const unknown = await api.send('POST', '/connections', { ...body, surprise: 1 });
  assert.ok([400, 422].includes(unknown.status), 'unknown fields are refused');
});

test('c2 names are unique however many ask at once', async () => {
  const { api, dot } = world;
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      api.send('POST', '/connections', {
        name: 'Only one',
        app: 'acme-django',
        type: 'API_KEY',
        value: { api_key: dot.alice.key },
      }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(409)]);
});

test('c2 API key form in the dashboard', async () => {
  const page = await openPage(browser, world);
  await signIn(page);
  const dialog = await pickApp(page, 'acme c', 'Acme CRM');
  await dialog.getByRole('radio', { name: 'API key' }).click();
  const field = dialog.getByLabel('API key', { exact: true });
  await field.fill('f'.repeat(40));
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Key by hand');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(/wrong|rejected|not accept/i).first().waitFor();
  await shot(page, 'wrong-key');
  await field.fill(`  ${world.dot.cara.key} `);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row(page, 'Key by hand').getByText('Active').waitFor();
  await shot(page, 'saved');
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('c2 basic auth form in the dashboard', async () => {
  const page = await openPage(browser, world);
  await signIn(page);
  const dialog = await pickApp(page, 'acrm', 'Acme CRM');
  await dialog.getByRole('radio', { name: 'Username and password' }).click();
  await dialog.getByRole('textbox', { name: /^User ?name$/i }).fill(world.dot.dave.name);
  await dialog.getByLabel('Password', { exact: true }).fill(world.dot.dave.password);
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Basic by hand');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row(page, 'Basic by hand').getByText('Active').waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
