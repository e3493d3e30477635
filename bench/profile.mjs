// Where a proxied request and a run spend their processor time, by what the time is spent in; writes docs/where-time-goes.md.
//
//   node bench/profile.mjs [path of a patchbay binary with symbols]      default: target/profiling/patchbay
//
// Samples of Linux's perf, taken while wrk loads the server: each counts for what was being executed at that moment.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { publishFlow } from './parts/webhook.mjs';
import { load } from './support/load.mjs';
import { startUpstream } from './support/nginx.mjs';
import { makePatchbay } from './support/patchbay.mjs';
import { cleanup, work } from './support/processes.mjs';
import { table } from './support/report.mjs';

const binary = process.argv[2] ?? 'target/profiling/patchbay';
const output = process.env.PROFILE_OUTPUT ?? 'docs/where-time-goes.md';
const SECONDS = 8;

/** What a sample is put down to: the first that fits its symbol, then its object. */
const KINDS = [
  ['kernel: sockets', /^(tcp|__tcp|ip|__ip|inet|sock|__sock|skb|__skb|__alloc_skb|kfree_skb|napi|__napi|net_rx|process_backlog|dev_|__dev|loopback|neigh|nf_|__netif|sk_|__sk|lock_sock|release_sock|import_iovec|iov_iter|simple_copy|rep_movs|_copy|__check_object|copy_)/, 'kernel'],
  ['kernel: waiting for files and disk', /^(ext4|vfs_fsync|blk|bio|submit|jbd|iowrite|virt|folio|filemap|generic_perform|block_|__block|mark_buffer|xas|fault_in|balance_dirty)/, 'kernel'],
  ['kernel: waking and switching threads', /(futex|sched|wake|switch|dequeue|enqueue|pick_next|update_curr|_raw_spin|hrtimer|epoll|ep_|eventfd|select_task|load_balance|rq_|ttwu|psi_)/, 'kernel'],
  ['kernel: other', /./, 'kernel'],
  ['memory', /^(_?mi_|malloc|free$|_int_|realloc|cfree|mem(move|cpy|set|cmp)|__mem|unlink_chunk|alloc_|__rust_alloc|calloc|.*raw_vec|.*::clone$)/],
  ['SQLite', /^(sqlite3|yy|vdbe|btree|pager|wal|unix|pcache|balance|where|fill|expr|insertCell|dropCell|moveTo|allocateSpace|freeSpace|codeE|resolve|lookupName|analyze|exec|getPage|readDb|cellSize|checkActive|columnMem|computeCell|freePage|getAndInit|hash|invalidate|lockBtree|multiSelect|pthread|robust|rebuildPage|seekAndRead|select|strAccum|term|token|valueFrom|zeroPage|likeFunc|sql)/],
  ['talking to the database', /(sqlx|sea_orm|sea_query|flume)/],
  ['HTTP', /(hyper|httparse|\bhttp::|axum|tower|h2::|reqwest|bytes::|url::|idna|percent_encoding|matchit)/],
  ['scheduling tasks', /(tokio|mio::|futures|parking_lot|crossbeam|std::sys.*futex|std::sync|core::future)/],
  ['JSON and templates', /(serde|minijinja|jsonschema|itoa|ryu|zmij)/],
  ['ciphers and hashes', /(aws_lc|sha256|sha2|aes|hmac|bcm_)/],
  ['Patchbay', /patchbay/],
];

function shares(data) {
  const text = execFileSync(
    'perf',
    ['report', '-i', data, '--stdio', '--no-children', '--no-inline', '-g', 'none', '--sort', 'dso,symbol', '--percent-limit', '0'],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const kinds = new Map([...KINDS.map(([name]) => [name, 0]), ['other', 0]]);
  const symbols = [];
  for (const line of text.split('\n')) {
    const match = /^\s*([\d.]+)%\s+(\S+)\s+\[(.)\]\s+(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, percent, , ring, rest] = match;
    // Further columns stand behind it.
    const [symbol] = rest.split(/\s{2,}/);
    const inKernel = ring === 'k';
    const found = KINDS.find(([, pattern, where]) => (where === 'kernel') === inKernel && pattern.test(symbol));
    const name = found ? found[0] : 'other';
    kinds.set(name, kinds.get(name) + Number(percent));
    symbols.push([Number(percent), symbol]);
  }
  return { kinds, symbols: symbols.sort((a, b) => b[0] - a[0]).slice(0, 12) };
}

async function profiled(name, patchbay, target) {
  const data = path.join(work, `${name}.data`);
  const processes = { own: [patchbay.pid] };
  await load({ ...target, processes, seconds: 1 });
  const perf = spawn('perf', ['record', '-F', '1999', '-p', String(patchbay.pid), '-o', data], { stdio: 'ignore' });
  const measured = await load({ ...target, processes, seconds: SECONDS });
  const ended = new Promise((resolve) => perf.once('exit', resolve));
  perf.kill('SIGINT');
  await ended;
  return { ...shares(data), measured };
}

if (!existsSync(binary)) {
  console.error(`${binary} is not there; run make profile`);
  process.exit(1);
}
try {
  const upstream = await startUpstream();
  const patchbay = await makePatchbay(binary, 'patchbay', upstream);
  await patchbay.serve();
  const connections = await patchbay.connect();
  const proxied = { url: `${patchbay.url}/api/v1/connections/${connections.key}/proxy/1024`, headers: patchbay.headers };
  const hook = { url: await publishFlow(patchbay, connections.key) };
  const request = await profiled('request', patchbay, { ...proxied, connections: 64 });
  const run = await profiled('run', patchbay, { ...hook, connections: 64 });
  await patchbay.stop();
  const rows = [...request.kinds.keys()].map((name) => {
    const share = ({ kinds, measured }) => {
      const percent = kinds.get(name);
      return [`${percent.toFixed(1)} %`, ((percent / 100) * measured.cpu.own).toFixed(1)];
    };
    return [name, ...share(request), ...share(run)];
  });
  const total = (of) => ['100 %', of.measured.cpu.own.toFixed(1)];
  rows.push(['all', ...total(request), ...total(run)]);
  const largest = (of) => of.symbols.map(([percent, symbol]) => `| \`${symbol.slice(0, 110)}\` | ${percent.toFixed(1)} % |`).join('\n');
  const perf = spawnSync('perf', ['--version'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(
    output,
    `# Where the time goes

Written by \`make profile\`: samples of what the server executes under load (${perf}, 1,999 a second), put down to what they are
part of. 64 clients of wrk; a request is \`GET\` of 1 KiB through a connection with a key, a run is a webhook that asks the same
and answers with it, on SQLite. Microseconds are processor time, user and system. Rates are in [benchmarks.md](benchmarks.md).

${table(['', 'a proxied request', 'µs', 'a run', 'µs'], rows)}

Costs that were the largest and are gone: the router's layers around a proxied request (\`server/src/lane/\`) and the
12 KB that were moved to the heap with each, now 4; for a run the second durable write and the indexes it touched
(\`runner/src/worker/execute/\`, \`store/src/runs/journal.rs\`), and a look at the queue after each (\`runner/src/runner.rs\`).

## The largest single costs

| of a proxied request | share |
| --- | ---: |
${largest(request)}

| of a run | share |
| --- | ---: |
${largest(run)}
`,
  );
  console.error(`==> written to ${output}`);
} finally {
  await cleanup();
}
