// axe finds nothing in the states that the pages for flows, runs, settings and sign-in pass through: panels, palettes,
// dialogs, failures, narrow screens, other roles.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, openBrowser, openPage, shot, signIn, signedIn } from '../support/browser.mjs';
import { addKey, addMember, connectForm, createFlow, createWorld, runFlow } from '../support/world.mjs';

let world, browser, ids, viewer, invitation;
before(async () => {
  world = await createWorld({ dot: {} });
  browser = await openBrowser();
  const { api, dot } = world;
  const crm = await connectForm(api, 'Customers', 'API_KEY', { api_key: dot.alice.key });
  const call = (id, url = '/api/me') => ({ id, kind: 'http', connection: { $connection: crm.id }, input: { method: 'GET', url } });
  const rich = await createFlow(api, 'Welcome', {
    trigger: { kind: 'webhook', respond: 'immediately' },
    steps: [
      call('me'),
      {
        id: 'known',
        kind: 'branch',
        branches: [{ name: 'Known', when: '{{ trigger.body.known }}', steps: [call('again')] }],
        otherwise: [{ id: 'vars', kind: 'set', input: { name: '{{ trigger.body.name }}' } }],
      },
      { id: 'each', kind: 'loop', items: '{{ trigger.body.people }}', steps: [{ id: 'pause', kind: 'delay', input: { seconds: 1 } }] },
    ],
  });
  const failing = await createFlow(api, 'Fails', { trigger: { kind: 'manual' }, steps: [call('bad', '/nothing'), call('next')] });
  const failed = await runFlow(api, failing);
  const broken = await connectForm(api, 'Broken', 'API_KEY', { api_key: dot.alice.key });
  const waiting = await createFlow(api, 'Waits', {
    trigger: { kind: 'manual' },
    steps: [{ id: 'me', kind: 'http', connection: { $connection: broken.id }, input: { method: 'GET', url: '/api/me' } }],
  });
  await api.post(`/connections/${broken.id}/revoke`);
  const held = await runFlow(api, waiting, {}, ['HELD']);
  await addKey(api, 'write');
  viewer = await addMember(api, 'viewer', 'Vera');
  invitation = (await api.post('/members', { email: 'ines@acme.test', role: 'editor' })).invitation.url;
  const empty = await api.post('/projects', { name: 'Empty' });
  ids = { rich: rich.id, failing: failing.id, failed: failed.id, waiting: waiting.id, held: held.id, draft: await newDraft('Draft'), empty: empty.id };
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** The panel of the selected step. */
const settings = (page) => page.getByRole('region', { name: 'Step settings' });
const at = (path, project = world.project.id) => `/p/${project}${path}`;

/** A flow of its own for a state that edits: what one page still saves is not the next one's to meet. */
async function newDraft(name = 'Scratch') {
  const draft = { schema: 1, trigger: { kind: 'manual' }, steps: [{ id: 'call', kind: 'http', input: { method: 'GET', url: '' } }] };
  return (await world.api.post('/flows', { name, draft })).id;
}

/** Every state: where it is, what leads into it. The page is loaded afresh for each. */
const states = {
  'a step': (page) => page.goto(at(`/flows/${ids.rich}?step=me`)),
  'the connections of a step': async (page) => {
    await page.goto(at(`/flows/${ids.rich}?step=me`));
    await page.getByRole('combobox', { name: /Connection/ }).click();
    await page.getByRole('option', { name: /Customers/ }).waitFor();
  },
  'a branch': (page) => page.goto(at(`/flows/${ids.rich}?step=known`)),
  'a loop': (page) => page.goto(at(`/flows/${ids.rich}?step=each`)),
  'data to insert': async (page) => {
    await page.goto(at(`/flows/${ids.rich}?step=vars`));
    await page.getByRole('button', { name: /^Insert data/ }).first().click();
    await page.getByRole('dialog').waitFor();
  },
  'the webhook trigger': (page) => page.goto(at(`/flows/${ids.rich}?step=trigger`)),
  'the schedule trigger': async (page) => {
    await page.goto(at(`/flows/${await newDraft()}?step=trigger`));
    await settings(page).getByText('Schedule', { exact: true }).click();
    await page.getByText(/next:/).waitFor();
  },
  'the events of apps': async (page) => {
    await page.goto(at(`/flows/${await newDraft()}?step=trigger`));
    await settings(page).getByText('App event', { exact: true }).click();
    await page.getByRole('dialog', { name: 'Choose an event' }).getByRole('option').first().waitFor();
  },
  'an app event': async (page) => {
    await page.goto(at(`/flows/${await newDraft()}?step=trigger`));
    await settings(page).getByText('App event', { exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Choose an event' });
    await dialog.getByRole('option', { name: /^GitHub/ }).click();
    await dialog.getByRole('option', { name: /New issue/ }).click();
    await page.getByRole('combobox', { name: /Connection/ }).waitFor();
  },
  'a step to add': async (page) => {
    await page.goto(at(`/flows/${ids.rich}`));
    await page.getByRole('button', { name: 'Add step' }).first().click();
    await page.getByRole('dialog', { name: 'Add a step' }).getByRole('option').first().waitFor();
  },
  versions: async (page) => {
    await page.goto(at(`/flows/${ids.rich}`));
    await page.getByRole('button', { name: /^Version/ }).click();
    await page.getByRole('dialog', { name: 'Versions' }).getByText('Published').waitFor();
  },
  'a version to look at': async (page) => {
    await page.goto(at(`/flows/${ids.rich}`));
    await page.getByRole('button', { name: /^Version/ }).click();
    await page.getByRole('button', { name: 'View version 1' }).click();
    await page.getByRole('group', { name: 'Its steps' }).waitFor();
  },
  'what is missing': async (page) => {
    await page.goto(at(`/flows/${ids.draft}`));
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('dialog', { name: 'Not ready yet' }).waitFor();
  },
  'a test to start': async (page) => {
    await page.goto(at(`/flows/${ids.rich}`));
    await page.getByRole('button', { name: 'Test flow' }).click();
    await page.getByRole('button', { name: 'Run test' }).waitFor();
  },
  'a test on the canvas': (page) => page.goto(at(`/flows/${ids.failing}?run=${ids.failed}&step=bad`)),
  'the runs of a flow': (page) => page.goto(at(`/flows/${ids.failing}?tab=runs`)),
  'a failed run': (page) => page.goto(at(`/runs/${ids.failed}`)),
  'a held run': (page) => page.goto(at(`/runs/${ids.held}`)),
  'a broken connection in a step': (page) => page.goto(at(`/flows/${ids.waiting}?step=me`)),
  'no flows': (page) => page.goto(at('/flows', ids.empty)),
  'no runs': (page) => page.goto(at('/runs', ids.empty)),
  'no flow matches': (page) => page.goto(at('/flows?q=nothing+like+that')),
  'a flow that is not there': async (page) => {
    await page.goto(at('/flows/flow_00000000000000000000000000'));
    await page.getByRole('alert').waitFor();
  },
  'a flow to delete': async (page) => {
    await page.goto(at('/flows'));
    await page.getByRole('button', { name: 'Actions for Draft', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('alertdialog').waitFor();
  },
  'the project switcher': async (page) => {
    await page.goto(at('/flows'));
    await page.getByRole('button', { name: /Acme/ }).first().click();
    await page.getByRole('menu').or(page.getByRole('dialog')).or(page.getByRole('listbox')).first().waitFor();
  },
  'an invitation to write': async (page) => {
    await page.goto(at('/settings/members'));
    await page.getByRole('button', { name: 'Invite member' }).click();
    await page.getByRole('dialog', { name: 'Invite member' }).waitFor();
  },
  'a member to remove': async (page) => {
    await page.goto(at('/settings/members'));
    await page.getByRole('button', { name: 'More actions for Vera' }).click();
    await page.getByRole('menuitem', { name: 'Remove from project' }).click();
    await page.getByRole('alertdialog').waitFor();
  },
  'a new invitation link': async (page) => {
    await page.goto(at('/settings/members'));
    await page.getByRole('button', { name: 'More actions for ivan@acme.test' }).click();
    await page.getByRole('menuitem', { name: 'New invitation link' }).click();
    const link = page.getByRole('dialog', { name: 'Send this link' });
    await link.waitFor();
    // It stays when the list that was read anew holds the new invitation.
    await page.waitForLoadState('networkidle');
    assert.ok(await link.isVisible());
  },
  'a key to create, and the key': async (page) => {
    await page.goto(at('/settings/keys'));
    await page.getByRole('button', { name: 'Create key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create API key' });
    await dialog.getByLabel('Name').fill('CI');
    await accessible(page, 'a key to create');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('dialog', { name: 'Copy your key' }).getByText('curl').waitFor();
  },
  'a key to revoke': async (page) => {
    await page.goto(at('/settings/keys'));
    await page.getByRole('button', { name: /^Revoke/ }).first().click();
    await page.getByRole('alertdialog').waitFor();
  },
  'a client to add': async (page) => {
    await page.goto(at('/settings/oauth-clients'));
    await page.getByRole('button', { name: 'Add OAuth client' }).click();
    await page.getByRole('dialog', { name: 'Add OAuth client' }).waitFor();
  },
  'a project to delete': async (page) => {
    await page.goto(at('/settings/general'));
    await page.getByRole('button', { name: 'Delete project…' }).click();
    await page.getByRole('alertdialog').waitFor();
  },
  'a smaller plan': async (page) => {
    await page.goto(at('/settings/workspace'));
    await page.getByRole('combobox', { name: 'Plan' }).click();
    await page.getByRole('option', { name: /^Pro/ }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alertdialog', { name: 'Change the plan to Pro?' }).waitFor();
  },
  'flows that do not load': async (page) => {
    await page.route(/\/flows\?/, (route) => route.fulfill({ status: 500, json: { error: { code: 'INTERNAL', message: 'It broke.', statusCode: 500, requestId: 'req_1' } } }));
    await page.goto(at('/flows'));
    await page.getByRole('alert').waitFor();
  },
  'a draft that is not saved': async (page) => {
    await page.goto(at(`/flows/${await newDraft()}`));
    await page.route(/\/flows\/flow_/, (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()));
    await page.getByLabel('Flow name').fill('Changed');
    await page.getByText('Not saved', { exact: true }).waitFor();
  },
};

for (const [theme, dark] of [['light', false], ['dark', true]]) {
  test(`axe: states of flows, runs and settings, ${theme}`, async (t) => {
    const page = await openPage(browser, world, { dark });
    await signIn(page);
    await world.api.post('/members', { email: 'ivan@acme.test', role: 'viewer' });
    for (const [name, enter] of Object.entries(states)) {
      await t.test(name, async () => {
        await enter(page);
        await page.waitForLoadState('networkidle');
        await shot(page, `${name.replace(/\W+/g, '-')}-${theme}`);
        await accessible(page, `${name}, ${theme}`);
        await page.unrouteAll({ behavior: 'ignoreErrors' });
        await page.evaluate(() => sessionStorage.clear());
      });
    }
    await page.context().close();
  });
}

test('axe: on a telephone, and as a viewer', async (t) => {
  const page = await openPage(browser, world, { width: 360, height: 720 });
  await signedIn(page, viewer);
  for (const path of ['/flows', `/flows/${ids.rich}`, `/flows/${ids.rich}?step=me`, '/runs', `/runs/${ids.failed}`, `/runs/${ids.held}?step=me`, '/settings/members', '/settings/keys', '/settings/security']) {
    await t.test(path.replace(/_\w+/, ''), async () => {
      await page.goto(at(path));
      await page.waitForLoadState('networkidle');
      await accessible(page, path);
    });
  }
  await page.context().close();
});

test('axe: an invitation, a used one, and a session that has ended', async () => {
  const page = await openPage(browser, world);
  await page.goto(invitation);
  await page.getByLabel('Your name').waitFor();
  await accessible(page, 'an invitation');
  await page.goto('/invite/none');
  await page.getByRole('heading', { name: 'This invitation is over' }).waitFor();
  await accessible(page, 'an invitation that is over');
  await signIn(page);
  await page.goto(at(`/flows/${await newDraft()}`));
  await page.getByLabel('Flow name').waitFor();
  // Nothing is asked any more: the dialog comes of what is typed, not in the midst of it.
  await page.waitForLoadState('networkidle');
  await page.context().clearCookies();
  await page.getByLabel('Flow name').fill('Typed after the session ended');
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.waitFor();
  await accessible(page, 'sign in again');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.getByLabel('E-mail').fill('ana@acme.test');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  // What was typed has survived, and is saved now.
  await page.locator('[data-save="saved"]').waitFor();
  await page.getByRole('heading', { name: 'Typed after the session ended', level: 1 }).waitFor();
  await page.context().close();
});
