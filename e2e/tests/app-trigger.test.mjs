// A flow that an app's event starts: nothing for what was there, one run for each new item, and none lost while the
// connection was broken.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, openBrowser, openPage, shot, signIn } from '../support/browser.mjs';
import { until } from '../support/processes.mjs';
import { createWorld, proxy, runEnd, stepOf, uses } from '../support/world.mjs';

const value = { api_key: 'sandbox-key-0000000000000001' };

let world;
let connection;
let other;
before(async () => {
  world = await createWorld({ server: { args: ['--sandbox'] } });
  const connect = (name) => world.api.post('/connections', { name, app: 'sandbox-key', type: 'API_KEY', value });
  connection = await connect('Contacts');
  other = await connect('Other door');
});
after(() => world?.close());

const add = async (name) => {
  const answer = await proxy(world.api, other, '/contacts', { method: 'POST', body: { name, email: `${name}@example.com` } });
  assert.equal(answer.status, 201);
};
const runs = async (flow) => (await world.api.get(`/runs?flow=${flow.id}&kind=live&limit=50`)).data.reverse();
const names = async (flow) => (await runs(flow)).map(({ trigger }) => trigger.name);
const ran = (flow, wanted) =>
  until(`${wanted} ran`, async () => (await names(flow)).join() === wanted.join(), 30_000);
const status = async (flow) => (await world.api.get(`/flows/${flow.id}`)).triggerStatus;

test('a sample is fetched for mapping, and a test uses it', async () => {
  const { api } = world;
  const draft = {
    schema: 1,
    trigger: { kind: 'app', app: 'sandbox-key', trigger: 'new_contact' },
    steps: [{ id: 'note', kind: 'set', input: { greeting: 'Hello {{ trigger.name }}' } }],
  };
  const flow = await api.post('/flows', { name: 'Greet', draft });
  assert.equal(flow.triggerStatus, null);
  const refused = await api.send('POST', `/flows/${flow.id}/trigger/sample`);
  assert.equal(refused.status, 422);
  assert.equal(refused.body.error.details.problems[0].path, 'trigger.connection');
  draft.trigger.connection = uses(connection);
  await api.put(`/flows/${flow.id}`, { draft });
  const { items } = await api.post(`/flows/${flow.id}/trigger/sample`);
  assert.deepEqual(items.map(({ name }) => name), ['Grace Hopper', 'Ada Lovelace']);
  const { runId } = await api.post(`/flows/${flow.id}/test`);
  const run = await runEnd(api, runId);
  assert.equal(run.status, 'SUCCEEDED');
  assert.deepEqual(run.trigger, items[0]);
  assert.equal(stepOf(run, 'note').status, 'SUCCEEDED');
});

test('each new item is one run; a broken connection pauses and a reconnect catches up', async () => {
  const { api } = world;
  const draft = {
    schema: 1,
    trigger: { kind: 'app', app: 'sandbox-key', trigger: 'new_contact', connection: uses(connection) },
    steps: [{ id: 'note', kind: 'set', input: { who: '{{ trigger.email }}' } }],
  };
  const flow = await api.post('/flows', { name: 'Contacts', draft });
  await api.post(`/flows/${flow.id}/publish`);
  const begun = await until('the beginning is set', async () => {
    const now = await status(flow);
    return now?.lastAt && now;
  });
  assert.equal(begun.state, 'polling');
  assert.equal(begun.interval, 5);
  assert.equal(begun.connection, connection.id);
  assert.deepEqual(await names(flow), []);
  await add('Ben');
  await add('Cleo');
  await ran(flow, ['Ben', 'Cleo']);
  const [first] = await runs(flow);
  assert.equal((await runEnd(api, first.id)).status, 'SUCCEEDED');

  await api.post(`/connections/${connection.id}/revoke`);
  const paused = await until('polling is paused', async () => {
    const now = await status(flow);
    return now.state === 'paused' && now;
  });
  assert.match(paused.message, /Contacts/);
  assert.equal(paused.nextAt, null);
  const listed = (await api.get('/flows?q=Contacts')).data[0];
  assert.equal(listed.triggerStatus.state, 'paused');
  await add('Dora');
  await api.post(`/connections/${connection.id}/reconnect`, { value });
  await ran(flow, ['Ben', 'Cleo', 'Dora']);
  assert.equal((await status(flow)).state, 'polling');

  // Off and on again: what came in between is not run.
  await api.post(`/flows/${flow.id}/disable`);
  assert.equal(await status(flow), null);
  await add('Eve');
  await api.post(`/flows/${flow.id}/enable`);
  await until('the beginning is set', async () => (await status(flow))?.lastAt);
  await add('Finn');
  await ran(flow, ['Ben', 'Cleo', 'Dora', 'Finn']);
});

test('an event is chosen in the builder, mapped from a sample, tested, published; a pause is shown with what mends it', async () => {
  const { api } = world;
  const browser = await openBrowser();
  try {
    const page = await openPage(browser, world);
    await signIn(page);
    await page.getByRole('link', { name: 'Flows' }).click();
    await page.getByRole('button', { name: 'New flow' }).first().click();
    const settings = page.getByRole('region', { name: 'Step settings' });
    await settings.getByText('App event', { exact: true }).click();
    const events = page.getByRole('dialog', { name: 'Choose an event' });
    await events.getByRole('searchbox').fill('sandbox');
    await events.getByRole('option', { name: /Sandbox \(API key\)/ }).click();
    await events.getByRole('option', { name: /New contact/ }).click();
    await settings.getByRole('combobox', { name: 'Connection' }).click();
    await page.getByRole('option', { name: /Other door/ }).click();
    await settings.getByRole('button', { name: 'Load a sample' }).click();
    const items = settings.getByRole('radiogroup', { name: 'Which item' });
    await items.getByRole('radio').nth(1).click();
    await items.getByRole('radio', { checked: true }).and(items.getByRole('radio').nth(1)).waitFor();
    await shot(page, 'sample');
    await accessible(page, 'a sample');

    await page.getByRole('button', { name: 'Add step' }).first().click();
    const steps = page.getByRole('dialog', { name: 'Add a step' });
    await steps.getByRole('searchbox').fill('set variables');
    await steps.getByRole('option', { name: /Set variables/ }).click();
    await settings.getByRole('button', { name: /^Add/ }).click();
    await settings.getByRole('textbox', { name: /Name 1$/ }).fill('who');
    await settings.getByRole('button', { name: /^Insert data/ }).click();
    await page.getByRole('option', { name: /^name/ }).click();
    await page.getByRole('button', { name: 'Test flow' }).click();
    await page.getByRole('status', { name: 'Test run' }).getByText('Succeeded').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('button', { name: 'Version 1' }).waitFor();

    const id = new URL(page.url()).pathname.split('/').pop();
    await until('it polls', async () => (await status({ id }))?.lastAt);
    const [tested] = (await api.get(`/runs?flow=${id}&kind=test`)).data;
    const run = await api.get(`/runs/${tested.id}`);
    // The item that was chosen, not the newest.
    assert.equal(run.trigger.name, (await api.post(`/flows/${id}/trigger/sample`)).items[1].name);
    assert.equal(stepOf(run, run.steps[0].id).input.who, run.trigger.name);

    await api.post(`/connections/${other.id}/revoke`);
    await until('polling is paused', async () => (await status({ id })).state === 'paused');
    await page.getByRole('link', { name: 'Flows' }).first().click();
    const row = page.getByRole('row').filter({ hasText: 'Untitled flow' });
    await row.getByText('Paused', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Reconnect Other door' }).waitFor();
    await shot(page, 'paused-list');
    await accessible(page, 'a paused flow in the list');
    await row.getByRole('link', { name: 'Untitled flow' }).first().click();
    await page.getByText(/Polling.*paused/).waitFor();
    await page.getByRole('button', { name: 'Reconnect' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('API key', { exact: true }).fill(value.api_key);
    await dialog.getByRole('button', { name: /^(Save|Reconnect)/ }).click();
    await until('it polls again', async () => (await status({ id })).state === 'polling');
  } finally {
    await browser.close();
  }
});
