// Every shared component in its states, light and dark: axe finds nothing, and a picture of each is kept.
import { after, before, test } from 'node:test';
import path from 'node:path';
import { accessible, openBrowser, openPage, shot } from '../support/browser.mjs';
import { rootDir, run } from '../support/processes.mjs';
import { serveDirectory } from '../support/static.mjs';

let gallery, browser;
before(async () => {
  await run('npm', ['run', '--silent', 'gallery:build'], { cwd: path.join(rootDir, 'web') });
  gallery = await serveDirectory(path.join(rootDir, 'web/gallery-dist'));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await gallery?.stop();
});

const overlays = {
  menu: (page) => page.getByRole('button', { name: 'Menu', exact: true }),
  popover: (page) => page.getByRole('button', { name: 'Popover' }),
  dialog: (page) => page.getByRole('button', { name: 'Dialog' }),
  confirm: (page) => page.getByRole('button', { name: 'Confirm' }),
  select: (page) => page.getByRole('combobox', { name: 'Status' }),
  combobox: (page) => page.getByRole('combobox', { name: 'Connection' }),
  'empty combobox': (page) => page.getByRole('combobox', { name: 'Owner' }),
  toasts: (page) => page.getByRole('button', { name: 'Toasts' }),
};

for (const theme of ['light', 'dark']) {
  test(`gallery: axe finds nothing in any state, ${theme}`, async (t) => {
    const page = await openPage(browser, gallery, { dark: theme === 'dark', height: 3400 });
    await page.goto(`/?theme=${theme}`);
    await page.getByRole('heading', { name: 'Gallery', level: 1 }).waitFor();
    await shot(page, theme);
    await accessible(page, `gallery, ${theme}`);
    await page.setViewportSize({ width: 1280, height: 860 });
    for (const [name, opener] of Object.entries(overlays)) {
      await t.test(name, async () => {
        await opener(page).click();
        await page.waitForTimeout(150);
        await shot(page, `${name.replace(' ', '-')}-${theme}`);
        await accessible(page, `${name}, ${theme}`);
        await page.keyboard.press('Escape');
      });
    }
    await page.context().close();
  });
}
