// Requests through a connection against nginx `proxy_pass` that adds the header.
import { contest } from '../support/load.mjs';
import { ms, ratio, table, us, whole } from '../support/report.mjs';

const KINDS = { oauth: 'OAuth', key: 'API key', basic: 'user name and password' };

export async function gateway({ proxy, patchbay, connections, sizes = [1024, 65_536], clients = [16, 64], kinds = Object.keys(KINDS) }) {
  const rows = [];
  for (const size of sizes) {
    for (const count of clients) {
      const results = await contest([
        { url: `${proxy.url}/${size}`, connections: count, processes: { own: [proxy.pid] } },
        ...kinds.map((kind) => ({
          url: `${patchbay.url}/api/v1/connections/${connections[kind]}/proxy/${size}`,
          connections: count,
          headers: patchbay.headers,
          processes: { own: patchbay.pids ?? [patchbay.pid] },
        })),
      ]);
      const [nginx, ...ours] = results;
      const label = `${size / 1024} KiB, ${count} clients`;
      rows.push([label, 'nginx', whole(nginx.rate), '', ms(nginx.p50), ms(nginx.p99), us(nginx.cpu.own), '']);
      for (const [at, kind] of kinds.entries()) {
        const one = ours[at];
        rows.push([
          '',
          KINDS[kind],
          whole(one.rate),
          `${ratio(one.rate, nginx.rate)} ×`,
          ms(one.p50),
          ms(one.p99),
          us(one.cpu.own),
          `${ratio(one.cpu.own, nginx.cpu.own)} ×`,
        ]);
      }
      console.error(rows.slice(-1 - kinds.length).map((row) => row.join('  ')).join('\n'));
    }
  }
  return table(['answer', 'through', 'requests/s', ': nginx', 'p50 ms', 'p99 ms', 'CPU µs/request', ': nginx'], rows);
}
