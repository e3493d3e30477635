// C3: an action step has a Connection dropdown with + New Connection in it; afterwards the new one is selected.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, shot, signIn } from '../support/browser.mjs';
import { until } from '../support/processes.mjs';
import { connectForm, createWorld, runEnd, runFlow, stepOf, uses } from '../support/world.mjs';

let world, browser;
before(async () => {
  world = await createWorld({ idp: { mode: 'ask' }, dot: {} });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

test('c3 a connection made in a step is selected in it without another click', async () => {
  const { api } = world;
  const flow = await api.post('/flows', {
    name: 'Greeting',
    draft: {
      schema: 1,
      trigger: { kind: 'manual' },
      steps: [{ id: 'send', kind: 'action', app: 'acme-oidc', action: 'send_message', input: { text: 'Hello' } }],
    },
  });
  const page = await openPage(browser, world);
  await signIn(page);
  await page.goto(`/p/${world.project.id}/flows/${flow.id}?step=send`);
  const box = page.getByRole('combobox', { name: 'Connection' });
  if (!(await box.isVisible().catch(() => false))) await page.getByText('Send message').first().click();
  await box.click();
  await shot(page, 'dropdown');
  await page.getByRole('option', { name: 'New Connection' }).click();
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Made in a step');
  const opening = page.waitForEvent('popup');
  await dialog.getByRole('button', { name: 'Continue with Acme Mail' }).click();
  await (await opening).getByRole('button', { name: 'Allow' }).click();
  await dialog.waitFor({ state: 'detached' });
  await box.getByText('Made in a step').or(page.locator('[role=combobox]', { hasText: 'Made in a step' })).first().waitFor();
  await shot(page, 'selected');
  const [made] = (await api.get('/connections?q=Made')).data;
  await until('the draft holds it', async () => {
    const { draft } = await api.get(`/flows/${flow.id}`);
    return draft.steps[0].connection?.$connection === made.id;
  });
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY', 'the focus has moved on');

  await page.getByRole('button', { name: 'Publish' }).click();
  await until('it is published', async () => (await api.get(`/flows/${flow.id}`)).publishedVersion === 1);
  const run = await runFlow(api, flow);
  assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test('c3 data flows from step to step; branch, loop and respond', async () => {
  const { api, dot } = world;
  const crm = await connectForm(api, 'Customers', 'API_KEY', { api_key: dot.alice.key });
  const flow = await api.post('/flows', {
    name: 'Mapping',
    draft: {
      schema: 1,
      trigger: { kind: 'webhook', respond: 'after_run' },
      steps: [
        { id: 'me', kind: 'http', connection: uses(crm), input: { method: 'GET', url: '/api/me' } },
        {
          id: 'big',
          kind: 'branch',
          branches: [
            {
              when: '{{ trigger.body.n > 10 }}',
              steps: [{ id: 'many', kind: 'http', connection: uses(crm), input: { method: 'POST', url: '/api/messages', body: { text: '{{ steps.me.body.user }} sent {{ trigger.body.n }}' } } }],
            },
          ],
          otherwise: [],
        },
        {
          id: 'each',
          kind: 'loop',
          items: '{{ trigger.body.names }}',
          parallel: 1,
          steps: [{ id: 'hello', kind: 'http', connection: uses(crm), input: { method: 'POST', url: '/api/messages', body: { text: '{{ loop.index }} {{ loop.item }}' } } }],
        },
        { id: 'done', kind: 'respond', input: { status: 201, body: { user: '{{ steps.me.body.user }}', n: '{{ trigger.body.n }}' } } },
      ],
    },
  });
  await api.post(`/flows/${flow.id}/publish`);
  await api.post(`/flows/${flow.id}/enable`);
  const { webhookUrl } = await api.get(`/flows/${flow.id}`);
  const response = await fetch(webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ n: 12, names: ['Ada', 'Grace'] }),
  });
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), { user: 'alice', n: 12 }, 'one expression keeps its type');
  const texts = (await dot.log()).messages.map(({ text }) => text);
  assert.equal(texts[0], 'alice sent 12');
  assert.match(texts[1], /Ada$/);
  assert.match(texts[2], /Grace$/);
});

test('c3 a flow with mistakes is not published and says where', async () => {
  const { api } = world;
  const flow = await api.post('/flows', {
    name: 'Unfinished',
    draft: { schema: 1, trigger: { kind: 'manual' }, steps: [{ id: 'send', kind: 'action', app: 'acme-oidc', action: 'send_message', input: {} }] },
  });
  const error = await api.refused(422, 'FLOW_INVALID', 'POST', `/flows/${flow.id}/publish`);
  assert.ok(error.details.problems.some(({ step }) => step === 'send'), JSON.stringify(error.details));
  const stale = await api.send('PUT', `/flows/${flow.id}`, { name: 'Later' }, { 'if-match': '"999"' });
  assert.equal(stale.status, 412);
  assert.equal(stale.body.error.code, 'REVISION_CONFLICT');
});

test('c3 Test flow runs the draft and shows each step', async () => {
  const { api, dot } = world;
  const crm = await connectForm(api, 'For testing', 'API_KEY', { api_key: dot.bob.key });
  const flow = await api.post('/flows', {
    name: 'Draft only',
    draft: { schema: 1, trigger: { kind: 'manual' }, steps: [{ id: 'who', kind: 'action', app: 'acme-django', action: 'who_am_i', connection: uses(crm), input: {} }] },
  });
  const { runId } = await api.post(`/flows/${flow.id}/test`, { input: {} });
  const run = await runEnd(api, runId);
  assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
  assert.equal(stepOf(run, 'who').output.user, 'bob');
  assert.equal((await api.get(`/flows/${flow.id}`)).publishedVersion, null);

  const page = await openPage(browser, world);
  await signIn(page);
  await page.goto(`/p/${world.project.id}/flows/${flow.id}`);
  await page.getByRole('button', { name: 'Test flow' }).click();
  await page.getByRole('button', { name: 'Run test' }).click();
  await page.getByText(/Succeeded/i).first().waitFor();
  await shot(page, 'tested');
  await page.context().close();
});

test('c3 a flow is built, tested, published and run by hand', async () => {
  const { api, idp } = world;
  const page = await openPage(browser, world);
  await signIn(page);
  await page.getByRole('link', { name: 'Flows' }).click();
  await page.getByRole('button', { name: 'New flow' }).first().click();
  await shot(page, 'new-flow');
  await page.getByRole('button', { name: 'Add step' }).first().click();
  const picker = page.getByRole('dialog');
  await picker.getByRole('combobox').or(picker.getByRole('searchbox')).fill('acme mail');
  await picker.getByRole('option', { name: /Acme Mail/ }).first().click();
  await shot(page, 'actions');
  await page.getByRole('option', { name: /Send message/ }).first().click();
  const settings = page.getByRole('region', { name: 'Step settings' });
  // The one connection that the first test made is the only usable one.
  await settings.getByRole('combobox', { name: 'Connection' }).filter({ hasText: 'Made in a step' }).waitFor();
  const text = settings.getByRole('textbox', { name: 'Text' });
  await text.click();
  await page.keyboard.type('Built by hand');
  await shot(page, 'built');

  const id = new URL(page.url()).pathname.split('/').pop();
  await until('the draft is saved', async () => (await api.get(`/flows/${id}`)).draft.steps[0]?.input?.text === 'Built by hand');
  await page.getByRole('button', { name: 'Test flow' }).click();
  await page.getByRole('button', { name: 'Run test' }).click();
  await until('the message was sent', async () => (await idp.log()).messages.some((message) => message.text === 'Built by hand'));
  await page.getByText(/Succeeded/i).first().waitFor();

  await page.getByRole('button', { name: 'Publish' }).click();
  await until('it is published', async () => (await api.get(`/flows/${id}`)).publishedVersion === 1);
  await shot(page, 'published');
  const run = await runFlow(api, { id });
  assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
  await page.goto(`/p/${world.project.id}/runs/${run.id}`);
  await page.getByText('Succeeded').first().waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
