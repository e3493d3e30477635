// Processes of a measurement: started, waited for, weighed, ended.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

process.env.PATH += ':/usr/sbin';
const running = new Set();
export const work = mkdtempSync(path.join(tmpdir(), 'patchbay-bench-'));

/** Starts a program whose output goes to a file, and answers its process id. */
export function start(name, command, args, options = {}) {
  const log = path.join(work, `${name}.log`);
  const out = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', out, out], ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { name, log, pid: child.pid, child };
}

/** Ends a program and waits until it is gone. */
export async function stop({ child }, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

export async function cleanup() {
  await Promise.all([...running].map((child) => stop({ child })));
  rmSync(work, { recursive: true, force: true });
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Waits for a success status, and answers how many milliseconds that took. */
export async function waitFor(url, process_, limit = 30_000) {
  const began = performance.now();
  while (performance.now() - began < limit) {
    try {
      const answer = await fetch(url);
      await answer.arrayBuffer();
      if (answer.ok) return performance.now() - began;
    } catch {
      // Not listening yet.
    }
    if (process_.child.exitCode !== null) break;
    await sleep(2);
  }
  throw new Error(`${process_.name} does not answer at ${url}: ${tail(process_.log)}`);
}

export function tail(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-8).join('\n') : '';
}

/** A process and everything it started. */
function family(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const members = [pid];
  for (let at = 0; at < members.length; at += 1) {
    for (const [child, parent] of parents) if (parent === members[at]) members.push(child);
  }
  return members;
}

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processor seconds, user and system, that processes and their children have used so far. */
export function cpuSeconds(pids) {
  let ticks = 0;
  for (const pid of pids.flatMap(family)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / TICKS;
}

/** Resident memory in MB. */
export function residentMb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024);
}
