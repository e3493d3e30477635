// The Connections page in a browser, as whoever opens it meets it.
import { createRequire } from 'node:module';
import { median } from '../support/load.mjs';

const { chromium } = createRequire(new URL('../../e2e/package.json', import.meta.url))('playwright-core');

/** Milliseconds since the page was asked for, at this moment, by the page's own clock. */
const since = (page) => page.evaluate(() => performance.now());

/**
 * Opens the page with an empty cache, again and again: medians of the milliseconds until the first row stands there,
 * until a key pressed then has done its work, and from the last letter of a search until its one row stands there.
 */
export async function page(patchbay, one, rounds = 7) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-first-run', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  });
  try {
    const session = await browser.newContext({ baseURL: patchbay.url });
    const door = await session.newPage();
    await door.goto('/');
    await door.getByLabel('E-mail').fill(patchbay.owner.email);
    await door.getByLabel('Password', { exact: true }).fill(patchbay.owner.password);
    await door.getByRole('button', { name: 'Sign in' }).click();
    await door.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    const storageState = await session.storageState();
    await session.close();

    const times = { shown: [], interactive: [], found: [] };
    for (let at = 0; at < rounds; at += 1) {
      const context = await browser.newContext({ baseURL: patchbay.url, storageState, viewport: { width: 1280, height: 860 } });
      const tab = await context.newPage();
      await tab.goto(`/p/${patchbay.project}/connections`, { waitUntil: 'commit' });
      await tab.locator('tbody tr a').first().waitFor();
      times.shown.push(await since(tab));
      await tab.keyboard.press('/');
      const field = tab.getByRole('searchbox', { name: 'Search connections' });
      await tab.waitForFunction(() => document.activeElement?.matches('input'));
      times.interactive.push(await since(tab));
      await field.pressSequentially(one);
      const typed = await since(tab);
      await tab.getByRole('row').nth(2).waitFor({ state: 'detached' });
      await tab.getByRole('row').filter({ hasText: one }).waitFor();
      times.found.push((await since(tab)) - typed);
      await context.close();
    }
    return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, Math.round(median(values))]));
  } finally {
    await browser.close();
  }
}
