// Debian's Chromium, driven by playwright-core, with helpers for what every browser test does.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterEach } from 'node:test';
import { chromium } from 'playwright-core';
import { resultsDir, testName } from './processes.mjs';
import { owner } from './world.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = path.join(resultsDir, 'screens');
mkdirSync(pictures, { recursive: true });

// What the pages showed when a test failed.
const open = new Set();
afterEach(async (context) => {
  if (context.passed !== false) return;
  const name = context.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
  let index = 0;
  for (const page of [...open].flatMap((each) => each.context().pages())) {
    index += 1;
    await page.screenshot({ path: path.join(pictures, `FAILED-${testName}-${name}-${index}.png`) }).catch(() => {});
  }
});

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
  });
}

/**
 * A fresh browser profile on Patchbay. Fails the test that uses it when the page logs an error of its own:
 * `page.problems` collects them.
 */
export async function openPage(browser, world, { dark = false, width = 1280, height = 860, reducedMotion = 'reduce' } = {}) {
  const context = await browser.newContext({
    baseURL: world.url,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion,
    viewport: { width, height },
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.problems = [];
  open.add(page);
  page.once('close', () => open.delete(page));
  context.on('weberror', (error) => page.problems.push(error.error().message));
  return page;
}

/** Signs in through the form, as a person. */
export async function signIn(page, person = owner) {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
}

/** Signed in without the form: the session of `api` put into the browser. */
export async function signedIn(page, api) {
  const cookies = api.jar.entries().map(([name, value]) => ({ name, value, url: api.url, httpOnly: true, sameSite: 'Lax' }));
  await page.context().addCookies(cookies);
}

/** A picture for people to look at, under results/screens. */
export async function shot(page, name) {
  await page.screenshot({ path: path.join(pictures, `${testName}-${name}.png`), fullPage: false });
}

/** axe finds nothing (WCAG 2.2 A and AA). */
export async function accessible(page, what) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    }),
  );
  const found = violations.map(({ id, help, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `    ${node.target.join(' ')}  ${node.any.concat(node.all).map((c) => c.message).join('; ')}`);
    return `  ${id}: ${help} (${nodes.length})\n${places.join('\n')}`;
  });
  assert.equal(found.length, 0, `${what}:\n${found.join('\n')}`);
}

export const connectionsPath = (world) => `/p/${world.project.id}/connections`;

/** The row of a connection on the Connections page. */
export const row = (page, name) => page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });

/** Once the dialog has closed: what is behind an open one is hidden from roles. */
export async function dialogGone(page) {
  await page.getByRole('dialog').or(page.getByRole('alertdialog')).waitFor({ state: 'detached' });
}

/** The `…` menu of a connection, open; answers the item. */
export async function menuItem(page, name, item) {
  await page.getByRole('button', { name: `More actions for ${name}` }).click();
  return page.getByRole('menuitem', { name: item, exact: true });
}

/** Opens New connection and picks an app; answers the dialog. */
export async function pickApp(page, search, app) {
  await page.getByRole('button', { name: 'New Connection' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  const box = dialog.getByRole('searchbox', { name: 'Search apps' });
  await box.fill(search);
  const option = dialog.getByRole('option', { name: new RegExp(`^${app}\\b`) });
  // The results may be exchanged under the pointer while they arrive; a person would press again.
  for (let tries = 0; tries < 3; tries += 1) {
    await option.click();
    if (await box.waitFor({ state: 'hidden', timeout: 5000 }).then(() => true, () => false)) return dialog;
  }
  assert.fail(`${app} could not be picked`);
}

/** Presses Tab (or another key) until `locator` has the focus: nobody needs a mouse. */
export async function tabTo(page, locator, { key = 'Tab', most = 60 } = {}) {
  await locator.first().waitFor();
  for (let pressed = 0; pressed <= most; pressed += 1) {
    if (await locator.first().evaluate((element) => element === document.activeElement || element.contains(document.activeElement) && element.getAttribute('role') === 'option')) return;
    await page.keyboard.press(key);
  }
  const where = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  assert.fail(`${locator} cannot be reached with ${key}; the focus is on ${where}`);
}
