// A PostgreSQL of the test's own: made with initdb in a temporary directory, gone afterwards.
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, run, start } from './processes.mjs';

function binaries() {
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return '';
  const versions = readdirSync(base).filter((name) => existsSync(path.join(base, name, 'bin/initdb')));
  versions.sort((left, right) => Number(right) - Number(left));
  return versions.length ? path.join(base, versions[0], 'bin') : '';
}

export async function startPostgres() {
  const bin = binaries();
  const directory = mkdtempSync(path.join(tmpdir(), 'patchbay-pg-'));
  // PostgreSQL refuses to run as root; the Debian package brings a user for it.
  const who = {};
  if (process.getuid() === 0) {
    const id = async (flag) => Number((await run('id', [flag, 'postgres'])).stdout);
    Object.assign(who, { uid: await id('-u'), gid: await id('-g') });
    chownSync(directory, who.uid, who.gid);
  }
  const data = path.join(directory, 'data');
  const made = await run(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', 'patchbay', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'],
    { cwd: directory, ...who },
  );
  if (made.code !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const boot = () =>
    start(
      'postgres',
      path.join(bin, 'postgres'),
      ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory, '-c', 'fsync=off'],
      { cwd: directory, ready: /ready to accept connections/, ...who },
    );
  let server = await boot();
  const made_ = await run(path.join(bin, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'patchbay', 'patchbay']);
  if (made_.code !== 0) throw new Error(`createdb: ${made_.stderr}`);
  return {
    url: `postgres://patchbay@127.0.0.1:${port}/patchbay`,
    /** Ends it without a shutdown, as `pg_ctl stop -m immediate` does; it recovers from its log at the next start. */
    crash: () => server.stop('SIGQUIT'),
    async restart() {
      server = await boot();
    },
    async stop() {
      if (server.child.exitCode === null && server.child.signalCode === null) await server.stop('SIGINT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
