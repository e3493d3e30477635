// A whole small world for a test: Patchbay, the providers it connects, an owner who is signed in.
import assert from 'node:assert/strict';
import { Agent, Api } from './http.mjs';
import { until } from './processes.mjs';
import { startDot, startIdp } from './providers.mjs';
import { Patchbay } from './server.mjs';

export const owner = { name: 'Ana', email: 'ana@acme.test', password: 'correct horse battery' };

/**
 * Options: idp, dot = options of the provider (absent: not started), server = options of Patchbay,
 * client = false leaves the apps without OAuth clients. Call `close` at the end.
 */
export async function createWorld({ idp, dot, server = {}, client = true } = {}) {
  const patchbay = await Patchbay.prepare(server);
  const world = { patchbay, url: patchbay.url };
  const parts = [];
  world.close = async () => {
    await patchbay.remove();
    for (const part of parts) await part.stop();
  };
  try {
    [world.idp, world.dot] = await Promise.all([
      idp && startIdp({ redirects: [patchbay.redirect('acme-oidc')], ...idp }),
      dot && startDot({ redirects: [patchbay.redirect('acme-django')], ...dot }),
    ]);
    parts.push(...[world.idp, world.dot].filter(Boolean));
    await patchbay.start(world);
    world.api = new Api(world.url);
    const me = await world.api.post('/auth/setup', { ...owner, projectName: 'Acme' });
    world.api.user = me.user;
    world.api.project = me.projects[0].id;
    world.project = me.projects[0];
    if (client) {
      if (world.idp) await world.api.put('/oauth-clients/acme-oidc', world.idp.client);
      if (world.dot) await world.api.put('/oauth-clients/acme-django', world.dot.client);
    }
    return world;
  } catch (error) {
    await world.close().catch(() => {});
    throw error;
  }
}

/** A new person in the project of `api` (an admin's), signed in. */
export async function addMember(api, role, name = role) {
  const email = `${name.toLowerCase()}@acme.test`;
  const { invitation } = await api.post('/members', { email, role });
  assert.ok(invitation?.url, 'an invitation link is shown once');
  const token = new URL(invitation.url).pathname.split('/').pop();
  const member = new Api(api.url, { project: api.project });
  const me = await member.post(`/auth/invitations/${token}/accept`, { name, password: `${name} has a password` });
  member.user = me.user;
  member.password = `${name} has a password`;
  return member;
}

/** An API key of the project of `api`. */
export async function addKey(api, scope) {
  const { key, id } = await api.post('/keys', { name: `${scope} key ${Date.now()}`, scope });
  return Object.assign(new Api(api.url, { key, project: api.project }), { keyId: id });
}

/** Connects an app by OAuth as `person` would, without a window; answers the connection. */
export async function connectOAuth(api, app, { name, reconnect, person, authMethod } = {}) {
  const session = await openSession(api, { app, name, reconnect, authMethod });
  await new Agent(api, person).visit(session.authorizeUrl);
  const ended = await sessionEnd(api, session.id);
  assert.equal(ended.state, 'connected', JSON.stringify(ended.error));
  return ended.connection;
}

export function openSession(api, { app, name, reconnect, authMethod, returnTo }) {
  const wanted = { app, name, reconnect, authMethod, returnTo };
  return api.post('/connect-sessions', Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)));
}

/** The session once it has come to an end. */
export function sessionEnd(api, id) {
  return until('the connect session ends', async () => {
    const session = await api.get(`/connect-sessions/${id}`);
    return !['pending', 'exchanging'].includes(session.state) && session;
  });
}

/** Creates a connection from a form of `acme-django`; `value` are the fields. */
export function connectForm(api, name, type, value, more = {}) {
  return api.post('/connections', { name, app: 'acme-django', type, value, ...more });
}

/** A flow that is published and on. */
export async function createFlow(api, name, draft) {
  const flow = await api.post('/flows', { name, draft: { schema: 1, ...draft } });
  await api.post(`/flows/${flow.id}/publish`);
  return api.post(`/flows/${flow.id}/enable`);
}

const manual = { kind: 'manual' };
export const uses = (connection) => ({ $connection: connection.id ?? connection });

/** Steps that call the app of `connection` one after another. */
export function callStep(id, connection, path = '/api/me') {
  return { id, kind: 'http', connection: uses(connection), input: { method: 'GET', url: path } };
}

/** A flow with one step that asks the app who it is. */
export function whoFlow(api, name, connection, trigger = manual) {
  return createFlow(api, name, { trigger, steps: [callStep('me', connection)] });
}

/** Starts a flow by hand and waits for the run's end (or `states`). */
export async function runFlow(api, flow, input = {}, states) {
  const { runId } = await api.post(`/flows/${flow.id}/runs`, { input });
  return runEnd(api, runId, states);
}

export function runEnd(api, id, states = ['SUCCEEDED', 'FAILED', 'CANCELLED'], timeoutMs = 40_000) {
  return until(`the run is ${states.join(' or ')}`, async () => {
    const run = await api.get(`/runs/${id}`);
    return states.includes(run.status) && run;
  }, timeoutMs);
}

export const stepOf = (run, id) => run.steps.find((step) => step.id === id);

/** Through the proxy, as an API client would call the app. */
export async function proxy(api, connection, path, init = {}) {
  const answer = await api.send(init.method ?? 'GET', `/connections/${connection.id}/proxy${path}`, init.body, init.headers);
  return answer;
}
