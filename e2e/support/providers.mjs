// The apps that get connected: OAuth servers written by others, each a process of its own.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { e2eDir, freePort, rootDir, start } from './processes.mjs';

async function control(url, changes) {
  const response = await fetch(`${url}/control`, changes && { method: 'POST', body: JSON.stringify(changes) });
  if (!response.ok) throw new Error(`control of ${url}: ${response.status}`);
  return response.json();
}

/** An OpenID provider. Options: accessTtl (seconds), rotate, mode 'auto' | 'ask', redirects. */
export async function startIdp({ accessTtl = 300, rotate = true, mode = 'auto', redirects, port } = {}) {
  port ??= await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process_ = await start('idp', process.execPath, [path.join(e2eDir, 'providers/idp.mjs')], {
    env: {
      PORT: String(port),
      REDIRECTS: redirects.join(','),
      AT_TTL: String(accessTtl),
      ROTATE: rotate ? '1' : '0',
      MODE: mode,
      NODE_NO_WARNINGS: '1',
    },
    ready: /^ready /m,
  });
  return {
    port,
    url,
    host: `127.0.0.1:${port}`,
    client: { clientId: 'web-basic', clientSecret: 'web-basic-secret' },
    log: () => control(url),
    set: (changes) => control(url, changes),
    stop: () => process_.stop(),
  };
}

/** The Django site. Options: accessTtl (seconds), rotate, redirects. */
export async function startDot({ accessTtl = 300, rotate = true, redirects, port } = {}) {
  port ??= await freePort();
  const data = mkdtempSync(path.join(tmpdir(), 'patchbay-dot-'));
  const python = process.env.PYTHON ?? path.join(rootDir, '.venv/bin/python');
  const people = ['alice', 'bob', 'cara', 'dave'].map((name) => ({
    name,
    password: randomBytes(12).toString('hex'),
    key: randomBytes(20).toString('hex'),
  }));
  const process_ = await start('dot', python, [path.join(e2eDir, 'providers/dot.py')], {
    env: {
      PORT: String(port),
      DATA: data,
      REDIRECTS: redirects.join(' '),
      AT_TTL: String(accessTtl),
      ROTATE: rotate ? '1' : '0',
      PEOPLE: JSON.stringify(people),
      // oauthlib refuses plain http unless told that this is no production site.
      OAUTHLIB_INSECURE_TRANSPORT: '1',
    },
    ready: /^ready /m,
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    port,
    url,
    host: `127.0.0.1:${port}`,
    client: { clientId: 'web', clientSecret: 'web-secret' },
    ...Object.fromEntries(people.map((person) => [person.name, person])),
    log: () => control(url),
    async stop() {
      await process_.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
