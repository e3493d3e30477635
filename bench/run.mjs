// Measures Patchbay against its peers in one run on this machine, and writes docs/benchmarks.md.
//
//   node bench/run.mjs [path of the patchbay binary]      default: target/release/patchbay
//
// BENCH_PARTS (gateway,webhook,connections,resting), BENCH_SECONDS (4), BENCH_ROUNDS (3), BENCH_CONNECTIONS (100000) and
// BENCH_OUTPUT change the run. Everything happens on loopback in a temporary directory.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../e2e/support/postgres.mjs';
import { list, nameOf, seed } from './parts/connections.mjs';
import { gateway } from './parts/gateway.mjs';
import { page } from './parts/page.mjs';
import { publishFlow, startNodeRed, webhook } from './parts/webhook.mjs';
import { ROUNDS, SECONDS } from './support/load.mjs';
import { startProxy, startUpstream } from './support/nginx.mjs';
import { makePatchbay } from './support/patchbay.mjs';
import { cleanup, residentMb, stop } from './support/processes.mjs';
import { table } from './support/report.mjs';

const binary = process.argv[2] ?? 'target/release/patchbay';
const output = process.env.BENCH_OUTPUT ?? 'docs/benchmarks.md';
const parts = new Set((process.env.BENCH_PARTS ?? 'gateway,webhook,connections,resting').split(','));
const many = Number(process.env.BENCH_CONNECTIONS ?? 100_000);

const say = (text) => console.error(`==> ${text}`);
const version = (command, args) => {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().split('\n')[0].replace('nginx version: ', '').replace(/ Copyright.*/, '');
};

/** The best of three starts: the figure is for the program, not for the disk's mood. */
async function starts(patchbay) {
  const times = [];
  for (let at = 0; at < 3; at += 1) {
    times.push(await patchbay.serve());
    await patchbay.stop();
  }
  await patchbay.serve();
  await sleep(2_000);
  return { ready: Math.round(Math.min(...times)), idle: residentMb(patchbay.pid) };
}

/** Bytes of the dashboard's first load as sent: the page, its scripts and its styles, compressed. */
async function firstLoad(patchbay) {
  const html = await (await fetch(`${patchbay.url}/`)).text();
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);
  let bytes = 0;
  for (const file of ['/', ...new Set(files)]) {
    const sent = execFileSync('curl', ['-s', '-o', '/dev/null', '-w', '%{size_download}', '-H', 'Accept-Encoding: br', `${patchbay.url}${file}`]);
    bytes += Number(sent);
  }
  return bytes;
}

/** Whole seconds something takes. */
async function timed(work) {
  const began = performance.now();
  await work();
  return Math.round((performance.now() - began) / 1000);
}

async function measured() {
  const sections = [];
  const section = (title, text) => sections.push(`## ${title}\n\n${text}\n`);
  const upstream = await startUpstream();
  const proxy = await startProxy(upstream);
  const patchbay = await makePatchbay(binary, 'patchbay', upstream);
  const empty = await starts(patchbay);
  const connections = await patchbay.connect();

  if (parts.has('gateway')) {
    say('gateway on SQLite');
    section(
      'Requests through a connection',
      `nginx \`proxy_pass\` that adds the \`Authorization\` header, and \`ANY /connections/{id}/proxy/…\` of Patchbay, in front of
the same upstream (nginx, one worker; it answers 401 without the right header). On every request Patchbay makes sure who
calls, what they may do and that the connection may be used, checks the host, attaches the credential and notes the use.
What it read a moment ago serves again while nothing was written to the database since. Goals at 1 KiB: at least 0.6 × the
requests of nginx at no more than 2 × its CPU.

${await gateway({ proxy, patchbay, connections })}`,
    );
  }
  if (parts.has('webhook')) {
    say('webhook on SQLite');
    const hook = await publishFlow(patchbay, connections.key);
    const red = await startNodeRed(upstream);
    section(
      'From a webhook through a connection to the answer',
      `A call of a webhook starts a run, which asks the upstream through a connection and answers the caller with what came.
Patchbay writes the run, each step's input and output and its end durably before it answers; Node-RED (http in, http request
with the header, http response) keeps nothing; nginx only passes the request on. Goals: at least 2 × Node-RED and 0.10 × nginx.

${await webhook({ proxy, patchbay, hook, red })}`,
    );
    await stop(red);
  }
  if (parts.has('gateway') || parts.has('webhook')) {
    say('the same on PostgreSQL');
    const database = await startPostgres();
    try {
      const shared = await makePatchbay(binary, 'patchbay-postgres', upstream, database.url);
      await shared.serve();
      const theirs = await shared.connect();
      const hook = await publishFlow(shared, theirs.key);
      const texts = [
        `The same with PostgreSQL, on the same machine; its own processor time is not counted. A node that is alone knows it
(\`store/src/nodes.rs\`), and what it read serves again as on SQLite.`,
      ];
      if (parts.has('gateway')) texts.push(await gateway({ proxy, patchbay: shared, connections: theirs }));
      if (parts.has('webhook')) {
        const red = await startNodeRed(upstream);
        texts.push(await webhook({ proxy, patchbay: shared, hook, red }));
        await stop(red);
      }
      say('on PostgreSQL with a second node');
      const beside = await shared.serveBeside();
      texts.push(
        `With a second node beside it, which may write at any moment, every request makes sure that nothing was written since
what it uses was read; requests that come together ask the database once.`,
      );
      const few = { sizes: [1024], clients: [16], kinds: ['key'] };
      if (parts.has('gateway')) texts.push(await gateway({ proxy, patchbay: shared, connections: theirs, ...few }));
      if (parts.has('webhook')) texts.push(await webhook({ proxy, patchbay: shared, hook, clients: [16] }));
      section('On PostgreSQL', texts.join('\n\n'));
      await stop(beside);
      await shared.stop();
    } finally {
      await database.stop();
    }
  }
  const loaded = residentMb(patchbay.pid);
  let full;
  if (parts.has('connections')) {
    say(`${many} connections on SQLite`);
    const made = await timed(() => seed(patchbay, many));
    const theirs = await list(patchbay, many);
    say('the page in a browser');
    const shown = await page(patchbay, nameOf(many - 1));
    say(`${many} connections on PostgreSQL`);
    const database = await startPostgres();
    let others;
    let madeThere;
    try {
      const shared = await makePatchbay(binary, 'patchbay-many-postgres', upstream, database.url);
      await shared.serve();
      madeThere = await timed(() => seed(shared, many));
      others = await list(shared, many, 200);
      await shared.stop();
    } finally {
      await database.stop();
    }
    section(
      `A project with ${many.toLocaleString('en')} connections`,
      `Made by the API in ${made} s on SQLite and ${madeThere} s on PostgreSQL. \`GET /connections?limit=50\` with each filter and
sort, requests one after the other, every other one for the next page; times as the client sees them, and the processor
time of Patchbay (on PostgreSQL the database's own is not counted). Goal: p99 of at most 25 ms a page.

${table(
  ['page of 50', 'p50 ms', 'p99 ms', 'CPU ms', 'PostgreSQL p50 ms', 'p99 ms', 'CPU ms'],
  theirs.map((row, at) => [...row, ...others[at].slice(1)]),
)}

The Connections page of that project in Chromium on the same machine, with an empty cache, medians of 7. Goal: interactive
within 1,000 ms.

${table(
  ['', 'ms'],
  [
    ['from asking for the page to its first row', shown.shown],
    ['… until a key pressed then has done its work', shown.interactive],
    ['from the last letter of a search to its one row', shown.found],
  ],
)}`,
    );
    await patchbay.stop();
    full = await starts(patchbay);
  }
  if (parts.has('resting')) {
    const size = statSync(binary).size / 1e6;
    const rows = [
      ['from start to `/readyz`, no connections', `${empty.ready} ms`, '300 ms'],
      ['resident memory, idle, no connections', `${empty.idle} MB`, '50 MB'],
      ['resident memory after the load above', `${loaded} MB`, ''],
    ];
    if (full) {
      rows.push(
        [`from start to \`/readyz\`, ${many.toLocaleString('en')} connections`, `${full.ready} ms`, '300 ms'],
        [`resident memory, idle, ${many.toLocaleString('en')} connections`, `${full.idle} MB`, '50 MB'],
      );
    }
    rows.push(
      ['the binary', `${size.toFixed(1)} MB`, '60 MB'],
      ['first load of the dashboard, compressed', `${((await firstLoad(patchbay)) / 1000).toFixed(0)} KB`, '250 KB'],
    );
    section('Starting and resting', table(['', 'measured', 'goal'], rows));
  }
  await patchbay.stop();
  return sections;
}

if (!existsSync(binary)) {
  console.error(`${binary} is not there; run make build`);
  process.exit(1);
}
try {
  const sections = await measured();
  const red = 'bench/peers/node-red/node_modules/node-red/package.json';
  const versions = [
    version(binary, ['--version']),
    version('nginx', ['-v']),
    ...(existsSync(red) ? [`Node-RED ${JSON.parse(readFileSync(red, 'utf8')).version} on Node ${process.versions.node}`] : []),
    version('wrk', ['-v']),
  ];
  const about = `# Benchmarks

Written by \`make bench\`. Everything runs on loopback; the load generator, the upstream and what is measured share the machine,
so figures compare with each other and not with other machines. wrk with 2 threads, ${SECONDS} s after a second of warming up,
${ROUNDS} rounds in turn; medians. CPU is user and system time of the process and its children.

${versions.join(', ')}. ${cpus()[0].model.trim()}, ${cpus().length} cores,
${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release().split('-')[0]}, ${new Date().toISOString().slice(0, 10)}.
`;
  writeFileSync(output, [about, ...sections].join('\n'));
  say(`written to ${output}`);
} finally {
  await cleanup();
}
