// "The OAuth window always ends": allow, deny, closed, blocked, full page, foreign and replayed callbacks.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openBrowser, openPage, pickApp, row, shot, signIn } from '../support/browser.mjs';
import { Agent } from '../support/http.mjs';
import { createWorld, openSession, sessionEnd } from '../support/world.mjs';

let world, browser;
before(async () => {
  world = await createWorld({ idp: { mode: 'ask' } });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});
beforeEach(() => world.idp.set({ mode: 'ask', account: null, tokenStatus: 0 }));

/** The dialog with the window open and waiting for the person, who has an account of that name. */
async function openWindow(page, name) {
  await world.idp.set({ account: name.toLowerCase().replaceAll(' ', '-') });
  const dialog = await pickApp(page, 'amail', 'Acme Mail');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  const opening = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: 'Continue with Acme Mail' }).click();
  const popup = await opening;
  await popup.getByRole('button', { name: 'Allow' }).waitFor();
  return { dialog, popup };
}

async function person() {
  const page = await openPage(browser, world);
  await signIn(page);
  return page;
}

test('oauth window: allow', async () => {
  const page = await person();
  const { dialog, popup } = await openWindow(page, 'Allowed');
  await dialog.getByText(/Waiting for you/).first().waitFor();
  await shot(page, 'waiting');
  await popup.getByRole('button', { name: 'Allow' }).click();
  await row(page, 'Allowed').getByText('Active').waitFor();
  await page.context().close();
});

test('oauth window: deny, then try again', async () => {
  const page = await person();
  const { dialog, popup } = await openWindow(page, 'Second thoughts');
  await popup.getByRole('button', { name: 'Deny' }).click();
  await dialog.getByText(/declined|said no|denied/i).first().waitFor();
  await shot(page, 'declined');
  assert.equal((await world.api.get('/connections?q=Second')).data.length, 0);
  const opening = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: /Try again|Continue with Acme Mail/ }).click();
  await (await opening).getByRole('button', { name: 'Allow' }).click();
  await row(page, 'Second thoughts').getByText('Active').waitFor();
  await page.context().close();
});

test('oauth window: closed by the person; Cancel works', async () => {
  const page = await person();
  const { dialog, popup } = await openWindow(page, 'Closed');
  await popup.close();
  await dialog.getByRole('button', { name: /Open .*again|Bring to front|Open in this tab|Try again/ }).first().waitFor();
  await shot(page, 'closed');
  await dialog.getByRole('button', { name: /^(Cancel|Close)$/ }).first().click();
  await dialog.getByText(/Waiting for you/).waitFor({ state: 'detached' });
  assert.equal((await world.api.get('/connections?q=Closed')).data.length, 0);
  await page.context().close();
});

test('oauth window: blocked by the browser, finished in this tab', async () => {
  const page = await openPage(browser, world);
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await signIn(page);
  await world.idp.set({ account: 'same-tab' });
  const dialog = await pickApp(page, 'amail', 'Acme Mail');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Same tab');
  await dialog.getByRole('button', { name: 'Continue with Acme Mail' }).click();
  await dialog.getByText(/blocked/i).first().waitFor();
  await shot(page, 'blocked');
  await dialog.getByRole('button', { name: 'Open in this tab' }).or(dialog.getByRole('link', { name: 'Open in this tab' })).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/connections/);
  await row(page, 'Same tab').getByText('Active').waitFor();
  await shot(page, 'returned');
  await page.context().close();
});

test('oauth window: the provider fails; the dialog says why', async () => {
  const page = await person();
  const { dialog, popup } = await openWindow(page, 'Unlucky');
  await world.idp.set({ tokenStatus: 500 });
  await popup.getByRole('button', { name: 'Allow' }).click();
  await dialog.getByText(/Acme Mail (refused|failed|did not|is not)/).first().waitFor();
  await shot(page, 'failed');
  await page.context().close();
});

test('s16 a state works once, only in the browser that began, and never again', async () => {
  const { api, idp } = world;
  await idp.set({ mode: 'auto', reset: true });
  const session = await openSession(api, { app: 'acme-oidc', name: 'Once' });
  const callback = await new Agent(api).authorize(session.authorizeUrl);
  assert.equal(callback.searchParams.get('state').length >= 43, true, '256 bits');
  const before = (await idp.log()).tokenRequests;

  const stranger = await fetch(callback, { redirect: 'manual' });
  assert.ok(stranger.status >= 300, 'somebody without the session');
  assert.equal((await idp.log()).tokenRequests, before, 'their code is not exchanged');

  const visits = await Promise.all(Array.from({ length: 20 }, () => api.fetch(callback)));
  for (const visit of visits) assert.ok(visit.status < 500, String(visit.status));
  const ended = await sessionEnd(api, session.id);
  assert.ok(['connected', 'failed'].includes(ended.state), ended.state);
  assert.equal((await idp.log()).tokenRequests - before <= 1, true, 'exchanged once at most');
});

test('s16 s19 missing, unknown and foreign states, and a wrong issuer, connect nothing', async () => {
  const { api, idp } = world;
  await idp.set({ mode: 'auto', reset: true });
  const base = world.patchbay.redirect('acme-oidc');
  for (const query of ['', '?code=x', '?state=x', `?code=x&state=${'A'.repeat(43)}`, '?error=access_denied']) {
    const answer = await api.fetch(base + query);
    assert.ok(answer.status < 500, `${query}: ${answer.status}`);
  }
  const session = await openSession(api, { app: 'acme-oidc', name: 'Mixed up' });
  const callback = await new Agent(api).authorize(session.authorizeUrl);
  callback.searchParams.set('iss', 'http://127.0.0.1:1');
  await api.fetch(callback);
  assert.equal((await sessionEnd(api, session.id)).state, 'failed');
  assert.equal((await idp.log()).tokenRequests, 0, 'nothing was sent to the token endpoint');
  assert.equal((await api.get('/connections?q=Mixed')).data.length, 0);
});

test('s19 PKCE S256 and an exact redirect URI go with every authorize request', async () => {
  const { api } = world;
  const seen = new Set();
  for (let time = 0; time < 3; time += 1) {
    const session = await openSession(api, { app: 'acme-oidc' });
    const { searchParams } = new URL(session.authorizeUrl);
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    assert.equal(searchParams.get('code_challenge').length, 43);
    assert.equal(searchParams.get('redirect_uri'), world.patchbay.redirect('acme-oidc'));
    assert.equal(searchParams.get('response_type'), 'code');
    seen.add(searchParams.get('code_challenge')).add(searchParams.get('state'));
    await api.post(`/connect-sessions/${session.id}/cancel`);
    assert.equal((await api.get(`/connect-sessions/${session.id}`)).state, 'cancelled');
  }
  assert.equal(seen.size, 6, 'new ones each time');
});

test('oauth window: deny without a window is declined, and the callback leaves no code in the address', async () => {
  const { api } = world;
  const session = await openSession(api, { app: 'acme-oidc' });
  const answer = await new Agent(api, { allow: false }).visit(session.authorizeUrl);
  assert.equal(answer.status, 303);
  assert.doesNotMatch(answer.headers.get('location'), /code=|state=/);
  assert.equal((await sessionEnd(api, session.id)).state, 'declined');
});
