// What breaks underneath: the database server goes away and comes back, the disk is full and has room again.
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { startPostgres } from '../support/postgres.mjs';
import { run as runCommand, until } from '../support/processes.mjs';
import { connectOAuth, createFlow, createWorld, runEnd, stepOf, uses } from '../support/world.mjs';

const json = { 'content-type': 'application/json' };

async function readiness(url) {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: await response.json() };
}

test('PostgreSQL goes away and comes back: refused precisely meanwhile, nothing accepted is lost', async () => {
  const postgres = await startPostgres();
  const world = await createWorld({ idp: {}, server: { database: postgres.url } });
  try {
    const { api, idp, url } = world;
    const mail = await connectOAuth(api, 'acme-oidc', { name: 'Mail' });
    const send = (id) => ({ id, kind: 'action', app: 'acme-oidc', action: 'send_message', connection: uses(mail), input: { text: `{{ trigger.body.n ~ "-${id}" }}` } });
    const flow = await createFlow(api, 'Two messages', {
      trigger: { kind: 'webhook', respond: 'immediately' },
      steps: [send('first'), { id: 'pause', kind: 'delay', input: { seconds: 3 } }, send('second')],
    });
    const { webhookUrl } = await api.get(`/flows/${flow.id}`);
    const hook = (n) => fetch(webhookUrl, { method: 'POST', headers: json, body: JSON.stringify({ n }) });
    const { runId } = await (await hook('early')).json();
    await until('the first message was sent', async () => stepOf(await api.get(`/runs/${runId}`), 'first')?.status === 'SUCCEEDED');
    const late = await hook('late');
    assert.equal(late.status, 202);
    const { runId: lateId } = await late.json();

    await postgres.crash();
    const down = await until('it is not ready', async () => {
      const now = await readiness(url);
      return now.status === 503 && now;
    });
    assert.deepEqual(down.body, { status: 'unavailable', database: 'unreachable', vault: 'open' });
    assert.equal((await fetch(`${url}/healthz`)).status, 200, 'the process lives: restarting it would not help');
    // Nobody is taken for a stranger because the database could not be asked who they are.
    await Promise.all([
      api.refused(503, 'UNAVAILABLE', 'GET', '/connections'),
      api.refused(503, 'UNAVAILABLE', 'POST', '/flows', { name: 'Refused' }),
      hook('refused').then(async (answer) => {
        assert.equal(answer.status, 503);
        assert.equal((await answer.json()).error.code, 'UNAVAILABLE');
        assert.ok(answer.headers.get('retry-after'));
      }),
    ]);

    await postgres.restart();
    await until('it is ready again', async () => (await readiness(url)).status === 200, 60_000);
    for (const id of [runId, lateId]) {
      // A run that was under way is taken up again when its lease, of 30 seconds, has run out.
      const ended = await runEnd(api, id, undefined, 120_000);
      assert.equal(ended.status, 'SUCCEEDED', JSON.stringify(ended.error));
    }
    assert.equal((await hook('after')).status, 202);
    await until('a new run sends', async () => (await idp.log()).messages.some(({ text }) => text === 'after-second'), 60_000);
    const keys = new Map();
    for (const { text, key } of (await idp.log()).messages) {
      assert.equal(keys.get(text) ?? key, key, `${text} was sent twice under different keys`);
      keys.set(text, key);
    }
    const runs = ['early', 'late', 'after'];
    assert.deepEqual([...keys.keys()].sort(), runs.flatMap((n) => [`${n}-first`, `${n}-second`]).sort());
    const { data } = await api.get('/flows?limit=100');
    assert.ok(!data.some(({ name }) => name === 'Refused'), 'what was refused was not done');
  } finally {
    await world.close();
    await postgres.stop();
  }
});

/** Writes flows until one is refused, then with room again; all that were acknowledged are there after kill -9. */
async function fullDisk(server, { fill, free }) {
  const world = await createWorld({ server });
  try {
    const { api, patchbay, url } = world;
    const acknowledged = [];
    const write = async (name) => {
      const answer = await api.send('POST', '/flows', { name });
      if (answer.status === 201) acknowledged.push(name);
      return answer;
    };
    for (let n = 0; n < 5; n += 1) assert.equal((await write(`Before ${n}`)).status, 201);

    await fill(patchbay);
    // What is still free within the database's files may take a few more.
    let refused;
    for (let n = 0; n < 2000 && !refused; n += 1) {
      const answer = await write(`Last ${n}`);
      if (answer.status !== 201) refused = answer;
    }
    assert.equal(refused?.status, 503, JSON.stringify(refused?.body));
    assert.equal(refused.body.error.code, 'UNAVAILABLE');
    for (let n = 0; n < 5; n += 1) await api.refused(503, 'UNAVAILABLE', 'POST', '/flows', { name: `Refused ${n}` });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const names = async () => {
      const found = [];
      let cursor;
      do {
        const page = await api.get(`/flows?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
        found.push(...page.data.map(({ name }) => name));
        cursor = page.cursor;
      } while (cursor);
      return found.sort();
    };
    assert.deepEqual(await names(), acknowledged.toSorted(), 'reading goes on, and shows what was acknowledged');

    await free(patchbay);
    await until('writing works again', async () => (await write('After')).status === 201);
    for (let n = 0; n < 5; n += 1) assert.equal((await write(`After ${n}`)).status, 201);
    await patchbay.kill9();
    await patchbay.restart();
    assert.deepEqual(await names(), acknowledged.toSorted());
    assert.equal((await readiness(url)).status, 200);
    const verified = await patchbay.command('audit', 'verify', '--data', patchbay.data);
    assert.equal(verified.code, 0, verified.stderr);
  } finally {
    await world.close();
  }
}

test('a disk that is full refuses writing, and loses nothing it took', async (t) => {
  const data = mkdtempSync(path.join(tmpdir(), 'patchbay-small-'));
  const mounted = await runCommand('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=0700', 'patchbay', data]);
  if (mounted.code !== 0) {
    t.diagnostic(`no small disk can be mounted here (${mounted.stderr.trim()}); the limit on file sizes below stands in for it`);
    rmSync(data, { recursive: true });
    return;
  }
  const filler = path.join(data, 'filler');
  try {
    await fullDisk(
      { data },
      {
        fill() {
          const file = openSync(filler, 'w');
          const piece = Buffer.alloc(4096, 1);
          try {
            for (;;) writeSync(file, piece);
          } catch (error) {
            assert.equal(error.code, 'ENOSPC');
          } finally {
            closeSync(file);
          }
        },
        free: () => rmSync(filler),
      },
    );
  } finally {
    await runCommand('umount', [data]);
    rmSync(data, { recursive: true, force: true });
  }
});

test('files that may not grow are as good as a full disk', async () => {
  const limit = async (patchbay, value) => {
    const set = await runCommand('prlimit', ['--pid', String(patchbay.process.child.pid), `--fsize=${value}:unlimited`]);
    assert.equal(set.code, 0, set.stderr);
  };
  await fullDisk(
    // Ignored signals stay ignored in what a shell executes; SIGXFSZ would end the process.
    { wrap: ['sh', '-c', 'trap "" XFSZ; exec "$0" "$@"'] },
    { fill: (patchbay) => limit(patchbay, 0), free: (patchbay) => limit(patchbay, 'unlimited') },
  );
});
