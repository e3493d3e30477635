// Patchbay under measurement: set up by its own commands and API.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort, start, stop, waitFor, work } from './processes.mjs';
import { SECRET, USER } from './nginx.mjs';

const run = promisify(execFile);

/** The upstream as an app, with a way in of each kind that is measured. */
function manifest(slug, upstream) {
  return `slug: ${slug}
name: ${slug}
category: developer
description: The upstream of the benchmark
base_url: ${upstream.url}
hosts: ["127.0.0.1:${upstream.port}"]
auth:
  - method: oauth2_client_credentials
    token_url: ${upstream.url}/token
  - method: api_key
    attach:
      header: {Authorization: "Bearer {{ credential.api_key }}"}
  - method: basic
actions: {}
`;
}

export const APPS = ['bench', 'bench-two', 'bench-three'];

/** A Patchbay with an owner, a project and a key, not serving yet. */
export async function makePatchbay(binary, name, upstream, database) {
  const directory = path.join(work, name);
  const apps = path.join(directory, 'apps');
  mkdirSync(apps, { recursive: true });
  for (const slug of APPS) writeFileSync(path.join(apps, `${slug}.yaml`), manifest(slug, upstream));
  const where = ['--data', path.join(directory, 'data'), ...(database ? ['--database', database] : [])];
  const person = { email: 'bench@example.com', password: 'bench-password-1' };
  const env = {
    ...process.env,
    PATCHBAY_EGRESS_ALLOW: `127.0.0.1:${upstream.port}`,
    PATCHBAY_OWNER_PASSWORD: person.password,
  };
  const command = async (...args) => JSON.parse((await run(binary, [...args, ...where, '--json'], { env })).stdout);
  const owner = await command('owner', 'create', '--email', person.email, '--name', 'Bench');
  const { key } = await command('key', 'create', '--project', owner.project.id, '--scope', 'write', '--name', 'bench');
  return new Patchbay({ binary, name, where, apps, env, key, owner: person, project: owner.project.id });
}

class Patchbay {
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** Serves, and answers after how many milliseconds it was ready. */
  async serve() {
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const listen = ['--listen', `127.0.0.1:${this.port}`, '--apps', this.apps, '--rate-limit', '100000000'];
    const began = performance.now();
    this.process = start(this.name, this.binary, ['serve', ...this.where, ...listen], { env: this.env });
    await waitFor(`${this.url}/readyz`, this.process);
    return performance.now() - began;
  }

  /** A second node on the same PostgreSQL; answers its process. */
  async serveBeside() {
    const port = await freePort();
    const [, data, ...database] = this.where;
    const args = ['--data', `${data}-beside`, '--key-file', path.join(data, 'patchbay.key'), ...database];
    const listen = ['--listen', `127.0.0.1:${port}`, '--apps', this.apps];
    const beside = start(`${this.name}-beside`, this.binary, ['serve', ...args, ...listen], { env: this.env });
    await waitFor(`http://127.0.0.1:${port}/readyz`, beside);
    return beside;
  }

  get pid() {
    return this.process.pid;
  }

  get headers() {
    return { Authorization: `Bearer ${this.key}` };
  }

  async stop() {
    await stop(this.process);
  }

  async call(method, path_, body) {
    const answer = await fetch(`${this.url}/api/v1${path_}`, {
      method,
      headers: { ...this.headers, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path_}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** A connection of each kind: `{oauth, key, basic}` to their ids. */
  async connect() {
    const make = async (name, type, value) =>
      (await this.call('POST', '/connections', { name, app: 'bench', type, value, verify: false })).id;
    return {
      oauth: await make('OAuth', 'OAUTH2_CLIENT_CREDENTIALS', { client_id: 'bench', client_secret: SECRET }),
      key: await make('Key', 'API_KEY', { api_key: SECRET }),
      basic: await make('Basic', 'BASIC', { username: USER, password: SECRET }),
    };
  }
}
