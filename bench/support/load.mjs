// Load by wrk: how many requests, how fast, at what price.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cpuSeconds } from './processes.mjs';

const run = promisify(execFile);
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

async function wrk(url, connections, seconds, headers) {
  const args = ['-t2', `-c${connections}`, `-d${seconds}s`, '--latency'];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
  const { stdout } = await run('wrk', [...args, url]);
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(stdout);
  if (failed) throw new Error(`${failed[1]} requests to ${url} were answered with errors`);
  const errors = /Socket errors:.*/.exec(stdout);
  if (errors) throw new Error(`${url}: ${errors[0]}`);
  return stdout;
}

/** Milliseconds out of wrk's `1.21ms`, `315.00us`, `2.00s`. */
function milliseconds(text) {
  const [, number, unit] = /([\d.]+)(us|ms|s|m)/.exec(text);
  return Number(number) * { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit];
}

/**
 * Loads one address and answers requests a second, median and 99th percentile in milliseconds, and processor
 * microseconds a request of each of `processes` ({name: [pid]}).
 */
export async function load({ url, connections, headers = {}, processes, seconds = SECONDS }) {
  await wrk(url, connections, 1, headers);
  const names = Object.keys(processes);
  const before = names.map((name) => cpuSeconds(processes[name]));
  const text = await wrk(url, connections, seconds, headers);
  const after = names.map((name) => cpuSeconds(processes[name]));
  const requests = Number(/(\d+) requests in/.exec(text)[1]);
  const cpu = Object.fromEntries(names.map((name, at) => [name, ((after[at] - before[at]) * 1e6) / requests]));
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
    p50: milliseconds(/^\s+50%\s+(\S+)/m.exec(text)[1]),
    p99: milliseconds(/^\s+99%\s+(\S+)/m.exec(text)[1]),
    cpu,
  };
}

export function median(values) {
  return [...values].sort((left, right) => left - right)[Math.floor((values.length - 1) / 2)];
}

/** Rounds of several contenders in turn, so that a mood of the machine meets all of them; medians of each. */
export async function contest(contenders) {
  const rounds = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, contender] of contenders.entries()) rounds[at].push(await load(contender));
  }
  return rounds.map((results) => ({
    rate: median(results.map((result) => result.rate)),
    p50: median(results.map((result) => result.p50)),
    p99: median(results.map((result) => result.p99)),
    cpu: Object.fromEntries(
      Object.keys(results[0].cpu).map((name) => [name, median(results.map((result) => result.cpu[name]))]),
    ),
    spread: [Math.min(...results.map((result) => result.rate)), Math.max(...results.map((result) => result.rate))],
  }));
}
