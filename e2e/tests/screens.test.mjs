// What screens must hold however narrow they are and whatever things are called, and what the first load may weigh.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, signIn, signedIn } from '../support/browser.mjs';
import { connectForm, createFlow, createWorld, uses } from '../support/world.mjs';

const UNBROKEN = 'Supercalifragilisticexpialidocious_without_any_space_at_all_so_it_cannot_wrap_xx';
/** Kilobytes that the code of a page may come to on its first load, compressed. */
const FIRST_LOAD_KB = 250;

let world, browser, ids;
before(async () => {
  world = await createWorld({ dot: {} });
  browser = await openBrowser();
  const { api, dot } = world;
  await api.patch(`/projects/${world.project.id}`, { name: `${UNBROKEN.slice(0, 60)} and company` }).catch(() => {});
  const made = await connectForm(api, UNBROKEN, 'API_KEY', { api_key: dot.alice.key });
  const flow = await createFlow(api, UNBROKEN, {
    trigger: { kind: 'manual' },
    steps: [{ id: 'me', kind: 'http', name: UNBROKEN, connection: uses(made), input: { method: 'GET', url: '/api/me' } }],
  });
  await api.post('/members', { email: `${'long.'.repeat(10)}name@acme-international-holdings.example`, role: 'editor' });
  ids = { connection: made.id, flow: flow.id };
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const at = (path) => `/p/${world.project.id}${path}`;

for (const width of [360, 768]) {
  test(`screens: long names do not widen the page at ${width} px`, async (t) => {
    const page = await openPage(browser, world, { width, height: 740 });
    await signedIn(page, world.api);
    const places = ['/connections', `/connections/${ids.connection}`, `/connections/${ids.connection}?tab=settings`, '/flows', `/flows/${ids.flow}`, `/flows/${ids.flow}?step=me`, '/runs', '/settings/general', '/settings/members'];
    const fits = async () => {
      const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth }));
      assert.ok(wide <= room, `${wide} px in ${room}`);
    };
    for (const place of places) {
      await t.test(place.replace(/_\w+/, ''), async () => {
        await page.goto(at(place));
        await page.getByRole('heading', { level: 1, includeHidden: true }).first().waitFor({ state: 'attached' });
        await page.waitForLoadState('networkidle');
        await fits();
      });
    }
    await t.test('a dialog stays inside the window', async () => {
      await page.goto(at(`/flows/${ids.flow}`));
      await page.getByRole('button', { name: 'Add step' }).first().click();
      const dialog = page.getByRole('dialog', { name: 'Add a step' });
      await dialog.getByRole('option').first().waitFor();
      const box = await dialog.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
    });
    await page.context().close();
  });
}

test('screens: between telephone and desk the step panel stands beside the canvas', async () => {
  const page = await openPage(browser, world, { width: 768, height: 1024 });
  await signedIn(page, world.api);
  await page.goto(at(`/flows/${ids.flow}?step=me`));
  const panel = page.getByRole('complementary', { name: UNBROKEN });
  await panel.waitFor();
  const tile = page.locator('[data-tile="me"]');
  const [right, left] = await Promise.all([tile.boundingBox().then((box) => box.x + box.width), panel.boundingBox().then((box) => box.x)]);
  assert.ok(right <= left, `the tile ends at ${right}, the panel begins at ${left}`);
  await page.context().close();
});

test('screens: the sign-in page logs no error, and its pages weigh little', async () => {
  const page = await openPage(browser, world);
  const logged = [];
  page.on('console', (message) => message.type() === 'error' && logged.push(message.text()));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const addresses = new Map();
  let bytes = 0;
  devtools.on('Network.responseReceived', ({ requestId, response }) => addresses.set(requestId, new URL(response.url).pathname));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!addresses.get(requestId)?.startsWith('/api/')) bytes += encodedDataLength;
  });
  await page.goto('/login');
  await page.getByLabel('E-mail').waitFor();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(logged, []);
  assert.ok(bytes / 1000 <= FIRST_LOAD_KB, `sign-in: ${bytes} bytes`);
  // Everything that Connections needs, whatever of it sign-in had loaded already.
  await signIn(page);
  await page.waitForLoadState('networkidle');
  assert.ok(bytes / 1000 <= FIRST_LOAD_KB + 20, `sign-in and Connections with the dialogs loaded ahead: ${bytes} bytes`);
  await page.context().close();
});

test('screens: an address with a tab that does not exist shows the first one', async () => {
  const page = await openPage(browser, world);
  await signedIn(page, world.api);
  await page.goto(at(`/connections/${ids.connection}?tab=nonsense`));
  await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
  await page.getByText('Identity').waitFor();
  await page.goto(at('/no-such-page'));
  await page.getByRole('heading', { name: 'There is nothing here', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Flows' }).waitFor();
  await page.context().close();
});

test('screens: after a wrong current password the focus is in its field', async () => {
  const page = await openPage(browser, world);
  await signedIn(page, world.api);
  await page.goto(at('/settings/security'));
  await page.getByLabel('Current password').fill('not this one');
  await page.getByLabel('New password').fill('long enough for this');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('This is not your current password.').waitFor();
  const focused = await page.getByLabel('Current password').evaluate((field) => field === document.activeElement);
  assert.ok(focused);
  await page.context().close();
});
