// S1: every credential is encrypted at rest: none of them is found in any file, log or answer.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Api } from '../support/http.mjs';
import { startPostgres } from '../support/postgres.mjs';
import { run } from '../support/processes.mjs';
import { Patchbay } from '../support/server.mjs';
import { addKey, addMember, connectForm, connectOAuth, createWorld, owner, proxy, runFlow, whoFlow } from '../support/world.mjs';

/** Every way a secret might lie about: raw, Base64 at each alignment, hex, URL, JSON, UTF-16. */
function forms(secret) {
  const raw = Buffer.from(secret);
  const base64 = (lead) => {
    const text = Buffer.concat([Buffer.alloc(lead), raw]).toString('base64');
    // What comes from the secret alone, not from its neighbours.
    return text.slice(Math.ceil((lead * 4) / 3), text.length - 4);
  };
  const found = [secret, raw.toString('hex'), raw.toString('hex').toUpperCase(), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  for (const lead of [0, 1, 2]) found.push(base64(lead), base64(lead).replaceAll('+', '-').replaceAll('/', '_'));
  return [...new Set(found)].map((text) => Buffer.from(text)).concat([Buffer.from(secret, 'utf16le'), gzipSync(raw).subarray(10, -8)]);
}

function files(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    return entry.isDirectory() ? files(file) : statSync(file).size ? [file] : [];
  });
}

/** Fills a world with secrets of every kind; answers them by name. */
async function plant(world) {
  const { api, dot, idp } = world;
  const mail = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
  const key = await connectForm(api, 'Key', 'API_KEY', { api_key: dot.alice.key });
  await connectForm(api, 'Basic', 'BASIC', { username: dot.bob.name, password: dot.bob.password });
  await connectOAuth(api, 'acme-oidc', { reconnect: mail.id });
  const flow = await whoFlow(api, 'Use', mail);
  assert.equal((await runFlow(api, flow)).status, 'SUCCEEDED');
  await proxy(api, key, '/api/me');
  const client = await addKey(api, 'write');
  const member = await addMember(api, 'viewer', 'Vera');
  const secrets = {
    'API key of a connection': dot.alice.key,
    'basic password': dot.bob.password,
    'OAuth client secret': idp.client.clientSecret,
    'second OAuth client secret': dot.client.clientSecret,
    'Patchbay API key': client.key,
    'password of the owner': owner.password,
    'password of a member': member.password,
  };
  for (const [name, value] of [...api.jar.entries(), ...member.jar.entries()]) secrets[`session ${name} ${value.slice(-4)}`] = value;
  for (const [index, { access, refresh }] of (await idp.log()).issued.entries()) {
    secrets[`access token ${index}`] = access;
    secrets[`refresh token ${index}`] = refresh;
  }
  // Everything that can be read over the API.
  const answers = [];
  for (const where of ['/connections?limit=100', `/connections/${mail.id}`, `/connections/${key.id}`, `/connections/${mail.id}/usage`, `/connections/${mail.id}/activity`, '/oauth-clients', '/flows', `/flows/${flow.id}`, '/runs', '/audit?limit=100', '/members', '/keys', '/auth/me', '/auth/sessions']) {
    answers.push(JSON.stringify(await api.get(where)));
  }
  const { data: runs } = await api.get('/runs');
  answers.push(JSON.stringify(await api.get(`/runs/${runs[0].id}`)));
  return { secrets, answers: answers.join('\n') };
}

function assertAbsent(secrets, places) {
  const leaks = [];
  for (const [name, secret] of Object.entries(secrets)) {
    for (const form of forms(secret)) {
      for (const [place, content] of places) if (content.includes(form)) leaks.push(`${name} in ${place}`);
    }
  }
  assert.deepEqual([...new Set(leaks)], []);
}

let world;
before(async () => {
  world = await createWorld({ idp: {}, dot: {}, server: { env: { PATCHBAY_LOG: 'trace' } } });
});
after(() => world?.close());

test('s1 no secret of any kind in files, logs or answers', async () => {
  const { secrets, answers } = await plant(world);
  const look = () => files(world.patchbay.data).map((file) => [path.basename(file), readFileSync(file)]);
  const running = look();
  assert.ok(running.some(([name]) => /-wal|\.db|sqlite/.test(name)), 'the database lies there');
  assertAbsent(secrets, [...running, ['log', Buffer.from(world.patchbay.process.output())], ['answers', Buffer.from(answers)]]);
  await world.patchbay.stop();
  assertAbsent(secrets, look());
});

test('s1 the search finds what is there', () => {
  assert.throws(() => assertAbsent({ canary: 'canary-1234567890' }, [['file', Buffer.from(`x${Buffer.from('abcanary-1234567890yz').toString('base64')}`)]]));
});

test('s1 the key file is for its owner alone', () => {
  const keys = files(world.patchbay.data).filter((file) => /key/.test(path.basename(file)));
  assert.ok(keys.length >= 1);
  for (const key of keys) assert.equal(statSync(key).mode & 0o777, 0o600, key);
});

test('s1 without its key, or with another, it starts sealed and writes nothing', async () => {
  const { patchbay } = world;
  const key = path.join(patchbay.data, 'patchbay.key');
  const own = readFileSync(key);
  const database = () => files(patchbay.data).filter((file) => /\.db$/.test(file)).map((file) => readFileSync(file).toString('base64'));
  const before = database();
  const stranger = await Patchbay.prepare();
  await stranger.start();
  await stranger.stop();
  const other = readFileSync(path.join(stranger.data, 'patchbay.key'));
  await stranger.remove();

  for (const [what, place] of [
    ['missing', () => rmSync(key)],
    ['another', () => writeFileSync(key, other, { mode: 0o600 })],
  ]) {
    place();
    await patchbay.start({ ready: '/healthz' });
    const ready = await fetch(`${patchbay.url}/readyz`);
    assert.equal(ready.status, 503, what);
    assert.match((await ready.json()).reason, /key/i);
    await new Api(patchbay.url, { project: world.project.id }).refused(503, 'SEALED', 'GET', '/connections');
    await patchbay.stop();
    assert.deepEqual(database(), before, `with the key ${what} nothing is written`);
  }
  writeFileSync(key, own, { mode: 0o600 });
  await patchbay.start();
  assert.equal((await world.api.get('/connections')).data.length > 0, true);
});

test('s1 the same on PostgreSQL', async () => {
  const postgres = await startPostgres();
  const other = await createWorld({ idp: {}, dot: {}, server: { database: postgres.url } });
  try {
    const { secrets } = await plant(other);
    const dump = await run('pg_dump', ['--dbname', postgres.url, '--inserts']);
    assert.equal(dump.code, 0, dump.stderr);
    assert.match(dump.stdout, /INSERT INTO .*connections/);
    assertAbsent(secrets, [['dump', Buffer.from(dump.stdout)]]);
  } finally {
    await other.close();
    await postgres.stop();
  }
});
