// M1: the Connections page lists every connection with app, name, status, last used and number of flows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, openBrowser, openPage, row, shot, signIn } from '../support/browser.mjs';
import { until } from '../support/processes.mjs';
import { connectForm, connectOAuth, createWorld, proxy, whoFlow } from '../support/world.mjs';

let world, browser, mail, crm;
before(async () => {
  world = await createWorld({ idp: {}, dot: {} });
  browser = await openBrowser();
  const { api, dot } = world;
  mail = await connectOAuth(api, 'acme-oidc', { name: 'Company mail' });
  crm = await connectForm(api, 'Customers', 'API_KEY', { api_key: dot.alice.key });
  await connectForm(api, 'Archive', 'BASIC', { username: dot.bob.name, password: dot.bob.password });
  await whoFlow(api, 'Greet', mail);
  await whoFlow(api, 'Report', mail);
  await proxy(api, crm, '/api/me');
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test('m1 the list: fields, stable order, filters, sort, cursor', async () => {
  const { api } = world;
  await until('last used is written', async () => (await api.get(`/connections/${crm.id}`)).lastUsedAt);
  const { data, hasMore } = await api.get('/connections?limit=100');
  assert.equal(hasMore, false);
  assert.deepEqual(data.map(({ name }) => name), ['Archive', 'Company mail', 'Customers']);
  const listed = data[1];
  assert.equal(listed.app, 'acme-oidc');
  assert.equal(listed.appName, 'Acme Mail');
  assert.equal(listed.status, 'ACTIVE');
  assert.equal(listed.flowCount, 2);
  assert.match(listed.created, /^\d{4}-\d\d-\d\dT.*Z$/);

  const names = async (query) => (await api.get(`/connections?${query}`)).data.map(({ name }) => name);
  assert.deepEqual(await names('app=acme-django'), ['Archive', 'Customers']);
  assert.deepEqual(await names('q=mail'), ['Company mail']);
  assert.deepEqual(await names('sort=-name'), ['Customers', 'Company mail', 'Archive']);
  assert.deepEqual((await names('sort=-flows'))[0], 'Company mail');
  assert.deepEqual((await names('sort=-last_used'))[0], 'Customers');
  assert.deepEqual(await names('status=EXPIRED'), []);
  assert.ok(!(await names('unused=true')).includes('Company mail'));

  const first = await api.get('/connections?limit=2');
  assert.equal(first.hasMore, true);
  const rest = await api.get(`/connections?limit=2&cursor=${encodeURIComponent(first.cursor)}`);
  assert.deepEqual([...first.data, ...rest.data].map(({ name }) => name), ['Archive', 'Company mail', 'Customers']);
  assert.deepEqual([rest.hasMore, rest.cursor], [false, null]);
  await api.refused(400, 'CURSOR_INVALID', 'GET', '/connections?cursor=nonsense');
  const counts = await api.get('/connections/counts');
  assert.equal(counts.all, 3);
});

test('m1 the page shows them', async () => {
  const page = await openPage(browser, world);
  await signIn(page);
  const line = row(page, 'Company mail');
  await line.getByText('Active').waitFor();
  await line.getByText('alice@example.test').waitFor();
  await line.getByRole('button', { name: /2 flows/ }).waitFor();
  assert.ok(await line.locator('img, svg').count(), 'the icon of the app');
  await row(page, 'Customers').getByText(/ago|now|just/i).first().waitFor();
  await row(page, 'Archive').getByText(/never/i).first().waitFor();
  await shot(page, 'list');
  await accessible(page, 'Connections');

  await page.keyboard.press('/');
  await page.keyboard.type('archive');
  await row(page, 'Company mail').waitFor({ state: 'detached' });
  assert.match(page.url(), /q=archive/, 'filters are in the URL');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('no such thing');
  await page.getByText(/Nothing matches/).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await row(page, 'Company mail').waitFor();

  await row(page, 'Company mail').getByRole('button', { name: /2 flows/ }).click();
  await page.getByText('Greet').waitFor();
  await page.getByText('Report').waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('m1 a narrow window shows cards', async () => {
  const page = await openPage(browser, world, { width: 420, dark: true });
  await signIn(page);
  await page.getByText('Company mail').first().waitFor();
  const wider = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wider, false, 'nothing is cut off at the right');
  await shot(page, 'narrow');
  await accessible(page, 'Connections, narrow');
  await page.context().close();
});
