// The README's pictures, taken from the real binary in demo mode: docs/images/*.png.
import path from 'node:path';
import { openBrowser } from './support/browser.mjs';
import { Api } from './support/http.mjs';
import { freePort, rootDir, start } from './support/processes.mjs';
import { createFlow, runFlow, uses } from './support/world.mjs';

const binary = process.env.PATCHBAY_BIN;
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const demo = await start('demo', binary, ['demo', '--listen', `127.0.0.1:${port}`], { ready: /Patchbay is ready/, timeoutMs: 120_000 });
const browser = await openBrowser();
const person = { email: 'demo@patchbay.example', password: 'patchbay-demo' };

/** Accounts of real apps are not at hand: their keys are made up and saved without the check. */
const KEYS = [
  ['stripe', 'Production Stripe', { api_key: 'rk_live_0000000000000000004xT9' }],
  ['openai', 'OpenAI', { api_key: 'sk-proj-00000000000000000000mQ2a' }],
  ['notion', 'Notion – Handbook', { api_key: 'ntn_00000000000000000000000000000000h4nd' }],
];

async function fill(api) {
  const sandbox = (name) => api.post('/connections', { name, app: 'sandbox-key', type: 'API_KEY', value: { api_key: 'sandbox-key-0000000000000001' } });
  const basic = (name) => api.post('/connections', { name, app: 'sandbox-basic', type: 'BASIC', value: { username: 'sandbox', password: 'sandbox' } });
  const support = await sandbox('Support desk');
  const billing = await basic('Billing archive');
  const step = (id, connection) => ({ id, kind: 'http', connection: uses(connection), input: { method: 'GET', url: '/me' } });
  await createFlow(api, 'Escalate tickets', { trigger: { kind: 'manual' }, steps: [step('ticket', support)] });
  const report = await createFlow(api, 'Weekly report', { trigger: { kind: 'manual' }, steps: [step('desk', support), step('archive', billing)] });
  await runFlow(api, report);
  for (const [app, name, value] of KEYS) {
    const made = await api.send('POST', '/connections', { name, app, type: 'API_KEY', value, verify: false });
    if (made.status !== 201) console.warn(`${name} was left out: ${JSON.stringify(made.body)}`);
  }
}

/** Signs in at the sandbox in its window, as two people do. */
async function connectBySignIn(page, name) {
  await page.getByRole('button', { name: 'New Connection' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await dialog.getByRole('searchbox', { name: 'Search apps' }).fill('sandbox');
  await dialog.getByRole('option', { name: 'Sandbox (OAuth)' }).click();
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  const opened = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: /^Continue with/ }).click();
  await (await opened).getByRole('button', { name: 'Allow' }).click();
  await dialog.waitFor({ state: 'detached' });
}

async function picture(page, name) {
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300);
  await page.screenshot({ path: path.join(rootDir, 'docs/images', `${name}.png`) });
  console.log(`docs/images/${name}.png`);
}

try {
  const api = new Api(url);
  const me = await api.post('/auth/login', person);
  api.project = me.projects[0].id;
  await fill(api);
  const base = `/p/${api.project}`;
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 780 }, reducedMotion: 'reduce', colorScheme: 'light' });
  await context.addCookies(api.jar.entries().map(([name, value]) => ({ name, value, url, httpOnly: true, sameSite: 'Lax' })));
  const page = await context.newPage();
  await page.goto(`${base}/connections`);
  await page.getByRole('row', { name: /Support desk/ }).waitFor();
  await connectBySignIn(page, 'Company mail');
  // One that has stopped working shows what the page is for.
  const broken = (await api.get('/connections?q=Support')).data[0];
  await api.post(`/connections/${broken.id}/revoke`);
  await page.goto(`${base}/connections`);
  await page.getByRole('region', { name: 'Needs attention' }).waitFor();
  await picture(page, 'connections');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'connections-dark');
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'New Connection' }).first().click();
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await picture(page, 'new-connection');
  await page.keyboard.press('Escape');

  const flow = (await api.get('/flows?q=New lead')).data[0];
  await page.goto(`${base}/flows/${flow.id}`);
  await page.getByText('Create contact').first().click();
  await page.getByRole('combobox', { name: 'Connection' }).click();
  await picture(page, 'builder');
} finally {
  await browser.close();
  await demo.stop();
}
