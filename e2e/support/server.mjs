// The real binary, on a port and a data directory of its own.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { e2eDir, freePort, rootDir, run, start } from './processes.mjs';

export const binary = process.env.PATCHBAY_BIN ?? path.join(rootDir, 'target/debug/patchbay');

/** The manifests of e2e/apps with the apps' addresses filled in, as a directory for --apps. */
function appsDirectory(base, hosts) {
  const directory = path.join(base, 'apps');
  cpSync(path.join(e2eDir, 'apps'), directory, { recursive: true });
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.yaml')) continue;
    const file = path.join(directory, name);
    // One that is not running gets the discard port, where nothing answers.
    writeFileSync(file, readFileSync(file, 'utf8').replace(/__([A-Z]+)__/g, (_, key) => hosts[key] ?? '127.0.0.1:9'));
  }
  return directory;
}

/** Whether a GET is answered with 200, whatever the certificate. */
function answersWell(url) {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https') ? https : http;
    const request = client.get(url, { rejectUnauthorized: false, agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error('no answer')));
  });
}

export class Patchbay {
  /** Chooses port and directory; nothing runs yet, so that providers can be told the redirect URIs. */
  static async prepare({ database, args = [], env = {}, tls = false, port, keyFile, data, wrap = [] } = {}) {
    const server = new Patchbay();
    server.port = port ?? (await freePort());
    server.url = `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}`;
    server.base = mkdtempSync(path.join(tmpdir(), 'patchbay-e2e-'));
    server.data = data ?? path.join(server.base, 'data');
    // A command that starts the binary in its place, such as a shell that sets something up and execs it.
    server.wrap = wrap;
    server.keyFile = keyFile;
    server.database = database;
    server.args = args;
    server.env = env;
    server.apps = null;
    return server;
  }

  redirect(app) {
    return `${this.url}/oauth/callback/${app}`;
  }

  /** The command line that serves this directory. */
  commandLine() {
    return [
      'serve',
      ...['--listen', `127.0.0.1:${this.port}`],
      ...['--data', this.data],
      ...(this.database ? ['--database', this.database] : []),
      ...(this.keyFile ? ['--key-file', this.keyFile] : []),
      ...(this.apps ? ['--apps', this.apps] : []),
      ...this.args,
    ];
  }

  environment() {
    return { PATCHBAY_EGRESS_ALLOW: this.allow ?? '', ...this.env };
  }

  /** `ready` is the address that must answer well before this is over. */
  async start({ idp, dot, tlsHost, ready: probe = '/readyz' } = {}) {
    const hosts = [idp?.host, dot?.host, tlsHost].filter(Boolean);
    if (hosts.length) {
      this.apps = appsDirectory(this.base, { IDP: idp?.host, DOT: dot?.host, TLS: tlsHost });
      this.allow = hosts.join(',');
    }
    const ready = () => answersWell(this.url + probe);
    const [command, ...args] = [...this.wrap, binary, ...this.commandLine()];
    this.process = await start(`server-${this.port}`, command, args, {
      env: this.environment(),
      ready,
    });
    return this;
  }

  /** As an operator stops it. */
  stop() {
    return this.process.stop();
  }

  /** As a power cut stops it. */
  kill9() {
    return this.process.kill();
  }

  /** On the same port and directory, after `stop` or `kill9`. */
  restart() {
    return this.start();
  }

  /** A command of the binary on the same data directory. */
  command(...args) {
    return run(binary, args, { env: this.environment() });
  }

  async remove() {
    if (this.process && this.process.child.exitCode === null && this.process.child.signalCode === null) {
      await this.process.stop();
    }
    rmSync(this.base, { recursive: true, force: true });
  }
}
