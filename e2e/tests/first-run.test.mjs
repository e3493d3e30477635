// From an empty installation to a connected app and a flow that ran, by clicks and keys as a person makes them.
// The time it took is reported; what bounds it here is only how long each thing may take to appear.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, shot } from '../support/browser.mjs';
import { Patchbay } from '../support/server.mjs';
import { owner } from '../support/world.mjs';

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

/** A person looks before each click; letters come one by one. */
const LOOK_MS = 700;
const KEY_MS = 45;

function person(page) {
  const look = () => page.waitForTimeout(LOOK_MS);
  return {
    click: async (locator) => {
      await locator.waitFor();
      await look();
      await locator.click();
    },
    type: async (locator, text) => {
      await locator.waitFor();
      await look();
      await locator.click();
      await page.keyboard.type(text, { delay: KEY_MS });
    },
  };
}

/** Setup, then a sandbox app by its sign-in window; answers the page on Connections. */
async function connected(patchbay, ana, page) {
  await page.goto('/');
  await ana.type(page.getByLabel('Your name'), owner.name);
  await ana.type(page.getByLabel('E-mail'), owner.email);
  await ana.type(page.getByLabel('Password', { exact: true }), owner.password);
  await ana.click(page.getByRole('button', { name: 'Create owner account' }));
  await page.getByRole('heading', { name: 'Connect your first app' }).waitFor();
  await shot(page, 'empty');

  await ana.click(page.getByRole('button', { name: /Sandbox \(OAuth\)/ }));
  const opened = page.waitForEvent('popup');
  await ana.click(page.getByRole('button', { name: 'Continue with Sandbox (OAuth)' }));
  const window = await opened;
  await person(window).click(window.getByRole('button', { name: 'Allow' }));
  await page.getByRole('row').filter({ hasText: 'Sandbox (OAuth)' }).getByText('Active').waitFor();
}

test('first run: from empty to a connected app and a flow that ran', async (t) => {
  const patchbay = await Patchbay.prepare({ args: ['--sandbox'] });
  await patchbay.start();
  try {
    const page = await openPage(browser, { url: patchbay.url });
    const ana = person(page);
    const began = performance.now();
    await connected(patchbay, ana, page);
    t.diagnostic(`connected after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    await page.getByRole('region', { name: 'Next step' }).waitFor();
    await shot(page, 'connected');

    await ana.click(page.getByRole('button', { name: 'Make a flow with it' }));
    await ana.click(page.getByRole('button', { name: 'Test flow' }));
    await ana.click(page.getByRole('button', { name: 'Run test' }));
    await page.getByRole('status', { name: 'Test run' }).getByText('Succeeded').waitFor();
    t.diagnostic(`a flow ran after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    await shot(page, 'ran');
    assert.deepEqual(page.problems, []);
    await page.context().close();
  } finally {
    await patchbay.remove();
  }
});
