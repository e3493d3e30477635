// Child processes of a test: started with a sign of readiness, logged, and never left behind.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const e2eDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const rootDir = path.resolve(e2eDir, '..');
export const resultsDir = path.join(e2eDir, 'results');
mkdirSync(path.join(resultsDir, 'logs'), { recursive: true });

/** The file under test, for names of logs and pictures. */
export const testName = path.basename(process.argv[1] ?? 'test', '.test.mjs');

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts `command` and waits until it is ready: until `ready` (a pattern) appears in what it prints,
 * or until the function `ready` answers true. Fails with its last lines when it ends before that.
 */
export async function start(label, command, args, { env = {}, cwd, ready, timeoutMs = 60_000, uid, gid } = {}) {
  const child = spawn(command, args, {
    cwd,
    uid,
    gid,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const file = createWriteStream(path.join(resultsDir, 'logs', `${testName}-${label}.log`), { flags: 'a' });
  let output = '';
  let seen;
  const sign = new Promise((resolve) => (seen = resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      file.write(text);
      output = (output + text).slice(-200_000);
      if (ready instanceof RegExp && ready.test(output)) seen();
    });
  }
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? code));
  }).then((code) => {
    running.delete(child);
    file.end();
    return code;
  });

  const handle = {
    child,
    ended,
    output: () => output,
    /** Ends it as an operator would, and waits. */
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      const code = await ended;
      clearTimeout(late);
      return code;
    },
    kill: () => handle.stop('SIGKILL'),
  };

  let waiting = true;
  if (typeof ready === 'function') {
    (async () => {
      while (waiting) {
        if (await ready().catch(() => false)) return seen();
        await pause(50);
      }
    })();
  }
  let timer;
  const outcome = await Promise.race([
    sign.then(() => 'ready'),
    ended.then((code) => `ended with ${code}`),
    new Promise((resolve) => (timer = setTimeout(resolve, timeoutMs, `not ready after ${timeoutMs} ms`))),
  ]);
  waiting = false;
  clearTimeout(timer);
  if (outcome !== 'ready') {
    child.kill('SIGKILL');
    throw new Error(`${label}: ${outcome}\n${output.slice(-2000)}`);
  }
  return handle;
}

/** Runs `command` to its end: its exit code and what it printed. */
export async function run(command, args, { env = {}, cwd, input, uid, gid } = {}) {
  const child = spawn(command, args, { cwd, uid, gid, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(signal ?? status));
  });
  return { code, stdout, stderr };
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks `probe` until it answers something true; fails with `what` after `timeoutMs`. */
export async function until(what, probe, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what} (last: ${show(last)})`);
    await pause(100);
  }
}

function show(value) {
  return value instanceof Error ? value.message : JSON.stringify(value);
}
