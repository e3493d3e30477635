// The real binary, on a port and a data directory of its own.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { e2eDir, freePort, rootDir, run, start } from './processes.mjs';

export const binary = process.env.PATCHBAY_BIN ?? path.join(rootDir, 'target/debug/patchbay');

/** The manifests of e2e/apps with the providers' addresses filled in, as a directory for --apps. */
function appsDirectory(base, { idp, dot }) {
  const directory = path.join(base, 'apps');
  mkdirSync(path.join(directory, 'icons'), { recursive: true });
  for (const name of readdirSync(path.join(e2eDir, 'apps'))) {
    if (!name.endsWith('.yaml')) continue;
    const text = readFileSync(path.join(e2eDir, 'apps', name), 'utf8');
    const filled = text.replaceAll('__IDP__', idp?.host ?? '127.0.0.1:9').replaceAll('__DOT__', dot?.host ?? '127.0.0.1:9');
    writeFileSync(path.join(directory, name), filled);
  }
  for (const name of readdirSync(path.join(e2eDir, 'apps/icons'))) {
    writeFileSync(path.join(directory, 'icons', name), readFileSync(path.join(e2eDir, 'apps/icons', name)));
  }
  return directory;
}

export class Patchbay {
  /** Chooses port and directory; nothing runs yet, so that providers can be told the redirect URIs. */
  static async prepare({ database, args = [], env = {}, tls = false, port, keyFile } = {}) {
    const server = new Patchbay();
    server.port = port ?? (await freePort());
    server.url = `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}`;
    server.base = mkdtempSync(path.join(tmpdir(), 'patchbay-e2e-'));
    server.data = path.join(server.base, 'data');
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
  async start({ idp, dot, ready: probe = '/readyz' } = {}) {
    if (idp || dot) {
      this.apps = appsDirectory(this.base, { idp, dot });
      this.allow = [idp?.host, dot?.host].filter(Boolean).join(',');
    }
    const ready = async () => {
      const response = await fetch(this.url + probe);
      await response.arrayBuffer();
      return response.ok;
    };
    this.process = await start(`server-${this.port}`, binary, this.commandLine(), {
      env: this.environment(),
      ready: this.url.startsWith('https') ? /listening|serving/i : ready,
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
