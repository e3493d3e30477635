// Webhook → HTTP through a connection → answer: Patchbay journals it, Node-RED and nginx do not.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { contest } from '../support/load.mjs';
import { SECRET } from '../support/nginx.mjs';
import { freePort, start, waitFor, work } from '../support/processes.mjs';
import { ms, ratio, table, us, whole } from '../support/report.mjs';

const RED = path.resolve('bench/peers/node-red/node_modules/node-red/red.js');

export async function startNodeRed(upstream) {
  const directory = path.join(work, 'node-red');
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const settings = `module.exports = {uiPort: ${port}, uiHost: '127.0.0.1', httpAdminRoot: false, flowFile: 'flows.json',
    logging: {console: {level: 'error'}}, telemetry: {enabled: false}, externalModules: {autoInstall: false}};`;
  writeFileSync(path.join(directory, 'settings.js'), settings);
  const flows = [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'in', z: 'tab', type: 'http in', url: '/hook', method: 'get', wires: [['ask']] },
    {
      id: 'ask',
      z: 'tab',
      type: 'http request',
      method: 'GET',
      ret: 'obj',
      paytoqs: 'ignore',
      url: `${upstream.url}/1024`,
      persist: true,
      headers: [{ keyType: 'other', keyValue: 'Authorization', valueType: 'other', valueValue: `Bearer ${SECRET}` }],
      wires: [['out']],
    },
    { id: 'out', z: 'tab', type: 'http response', statusCode: '', headers: {}, wires: [] },
  ];
  writeFileSync(path.join(directory, 'flows.json'), JSON.stringify(flows));
  const red = start('node-red', process.execPath, [RED, '--userDir', directory], { cwd: directory });
  const url = `http://127.0.0.1:${port}/hook`;
  await waitFor(url, red, 60_000);
  return { ...red, url };
}

/** A published flow that does the same; answers its address. */
export async function publishFlow(patchbay, connection) {
  const draft = {
    schema: 1,
    trigger: { kind: 'webhook', respond: 'after_run' },
    steps: [
      {
        id: 'ask',
        kind: 'http',
        connection: { $connection: connection },
        input: { method: 'GET', url: '/1024', headers: {}, query: {}, body: null },
      },
      { id: 'answer', kind: 'respond', input: { status: 200, body: '{{ steps.ask.body }}' } },
    ],
  };
  const flow = await patchbay.call('POST', '/flows', { name: 'Bench', draft });
  await patchbay.call('POST', `/flows/${flow.id}/publish`, {});
  const after = await patchbay.call('GET', `/flows/${flow.id}`);
  if (after.status !== 'ACTIVE') await patchbay.call('POST', `/flows/${flow.id}/enable`, {});
  return `${patchbay.url}/hooks/${flow.id}`;
}

export async function webhook({ proxy, patchbay, hook, red, clients = [16, 64] }) {
  const rows = [];
  for (const count of clients) {
    const contenders = [
      { url: `${proxy.url}/1024`, connections: count, processes: { own: [proxy.pid] } },
      ...(red ? [{ url: red.url, connections: count, processes: { own: [red.pid] } }] : []),
      { url: hook, connections: count, processes: { own: patchbay.pids ?? [patchbay.pid] } },
    ];
    const results = await contest(contenders);
    const nginx = results[0];
    const other = red ? results[1] : undefined;
    const names = ['nginx, proxying', ...(red ? ['Node-RED'] : []), 'Patchbay, journalled'];
    for (const [at, one] of results.entries()) {
      rows.push([
        at === 0 ? `${count} clients` : '',
        names[at],
        whole(one.rate),
        at === 0 ? '' : `${ratio(one.rate, nginx.rate)} ×`,
        other && at === results.length - 1 ? `${ratio(one.rate, other.rate)} ×` : '',
        ms(one.p50),
        ms(one.p99),
        us(one.cpu.own),
      ]);
    }
    console.error(rows.slice(-results.length).map((row) => row.join('  ')).join('\n'));
  }
  return table(['', 'through', 'runs/s', ': nginx', ': Node-RED', 'p50 ms', 'p99 ms', 'CPU µs/run'], rows);
}
