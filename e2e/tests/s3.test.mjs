// S3: tokens are refreshed before they expire, once for everybody, on one node and on two.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { after, test } from 'node:test';
import { Api } from '../support/http.mjs';
import { startPostgres } from '../support/postgres.mjs';
import { pause, until } from '../support/processes.mjs';
import { Patchbay } from '../support/server.mjs';
import { connectOAuth, createWorld, proxy } from '../support/world.mjs';

const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
});
async function world(options) {
  const made = await createWorld(options);
  closing.push(made.close);
  return made;
}

const refreshes = async (idp) => (await idp.log()).granted.refresh_token ?? 0;

/** Uses at once through each of `apis`; all must succeed. */
async function burst(apis, connection, times) {
  const answers = await Promise.all(
    Array.from({ length: times }, (_, index) => proxy(apis[index % apis.length], connection, '/api/me')),
  );
  const failed = answers.filter(({ status }) => status !== 200);
  assert.equal(failed.length, 0, JSON.stringify(failed[0]?.body));
}

for (const rotate of [true, false]) {
  const kind = rotate ? 'rotating' : 'static';

  test(`s3 five-second tokens are refreshed ahead, ${kind} refresh tokens`, async () => {
    const { api, idp } = await world({ idp: { accessTtl: 5, rotate } });
    const made = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
    assert.equal(made.refreshable, true);
    assert.ok(Date.parse(made.expiresAt) > Date.parse(made.created));
    // Used all the time, over several lifetimes: never an expired token, never a second refresh at once.
    for (let second = 0; second < 14; second += 1) {
      assert.equal((await proxy(api, made, '/api/me')).status, 200);
      await pause(1000);
    }
    const { granted, refused, calls } = await idp.log();
    assert.ok(granted.refresh_token >= 2, `refreshed ${granted.refresh_token} times`);
    const renewed = Date.parse((await api.get(`/connections/${made.id}`)).lastRefreshedAt);
    assert.ok(renewed > Date.parse(made.created), `renewed last at ${renewed}`);
    assert.deepEqual(refused, {});
    assert.equal(calls.filter(({ status }) => status !== 200).length, 0, 'no call went out with an expired token');
    assert.equal((await api.get(`/connections/${made.id}`)).status, 'ACTIVE');
  });

  test(`s3 200 uses at expiry make one token request, ${kind} refresh tokens`, async () => {
    const { api, idp, patchbay } = await world({ idp: { accessTtl: 5, rotate } });
    const made = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
    // Nobody refreshes ahead while the server is down; the token expires meanwhile.
    await patchbay.stop();
    await until('the token has expired', async () => Date.now() > Date.parse(made.expiresAt) + 500);
    // The new token outlives the burst on however slow a machine: no second refresh falls due in it.
    await idp.set({ reset: true, tokenDelayMs: 300, accessTtl: 300 });
    await patchbay.restart();
    await burst([api], made, 200);
    const { tokenRequests, refused } = await idp.log();
    assert.deepEqual([tokenRequests, refused], [1, {}]);
  });
}

test('s3 two processes on one PostgreSQL: 200 uses at expiry make one token request', async () => {
  const postgres = await startPostgres();
  closing.push(postgres.stop);
  const first = await world({ idp: { accessTtl: 5 }, server: { database: postgres.url } });
  const { api, idp, patchbay } = first;
  // Nodes share the key, not the directory.
  const second = await Patchbay.prepare({ database: postgres.url, args: ['--public-url', patchbay.url] });
  closing.push(() => second.remove());
  cpSync(patchbay.data, second.data, { recursive: true });
  await second.start({ idp });
  const other = new Api(second.url, { project: api.project });
  other.jar = api.jar;

  const made = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
  assert.equal((await other.get(`/connections/${made.id}`)).status, 'ACTIVE', 'both see it');
  await Promise.all([patchbay.stop(), second.stop()]);
  const { expiresAt } = made;
  await until('the token has expired', async () => Date.now() > Date.parse(expiresAt) + 500);
  await idp.set({ reset: true, tokenDelayMs: 300, accessTtl: 300 });
  await Promise.all([patchbay.restart(), second.restart()]);
  await burst([api, other], made, 200);
  const { tokenRequests, refused } = await idp.log();
  assert.deepEqual([tokenRequests, refused], [1, {}]);
  assert.ok((await refreshes(idp)) === 1);
});

test('s3 a provider that fails for a while: the valid token is served, the connection is not given up', async () => {
  const { api, idp } = await world({ idp: { accessTtl: 8 } });
  const made = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
  await idp.set({ tokenStatus: 503 });
  await until('a refresh was tried', async () => (await idp.log()).tokenRequests >= 2);
  const answer = await proxy(api, made, '/api/me');
  const now = await api.get(`/connections/${made.id}`);
  if (Date.now() < Date.parse(now.expiresAt) - 500) assert.equal(answer.status, 200, 'a valid token is used');
  await idp.set({ tokenStatus: 0 });
  await until('it works again by itself', async () => (await proxy(api, made, '/api/me')).status === 200, 30_000);
  assert.equal((await api.get(`/connections/${made.id}`)).status, 'ACTIVE');
});
