// The list of connections with very many of them in one project.
import { APPS } from '../support/patchbay.mjs';
import { ms, table } from '../support/report.mjs';

const WORDS = ['Sales', 'Support', 'Ops', 'Finance', 'Données', 'مالية', 'Team 🚀', 'Warehouse', 'Marketing', 'Legal'];

/** Makes connections by the API, many at a time; one in a hundred is revoked. */
export async function seed(patchbay, count, from = 0) {
  let next = from;
  const worker = async () => {
    for (;;) {
      const at = next;
      next += 1;
      if (at >= from + count) return;
      const connection = await patchbay.call('POST', '/connections', {
        name: `${WORDS[at % WORDS.length]} ${at}`,
        app: APPS[at % APPS.length],
        type: 'API_KEY',
        value: { api_key: `key-${at}` },
        verify: false,
      });
      if (at % 100 === 0) await patchbay.call('POST', `/connections/${connection.id}/revoke`, {});
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

const QUERIES = {
  'no filter': '',
  'by status': 'status=REVOKED',
  'by app': 'app=bench-two',
  'by text': 'q=Finance%201',
  'by rare text': 'q=Ops%2099992',
  'unused': 'unused=true',
  'expiring within 7 days': 'expiring_within=7d',
  'sorted by name': 'sort=name',
  'sorted by name, falling': 'sort=-name',
  'sorted by status': 'sort=status',
  'sorted by last use': 'sort=-last_used',
  'by app, sorted by name': 'app=bench-three&sort=name',
};

/** Latency of a page of 50, one request at a time. */
export async function list(patchbay, each = 200) {
  const rows = [];
  for (const [name, query] of Object.entries(QUERIES)) {
    const times = [];
    let cursor = '';
    for (let at = 0; at < each; at += 1) {
      const began = performance.now();
      const page = await patchbay.call('GET', `/connections?limit=50&${query}${cursor}`);
      times.push(performance.now() - began);
      // Every other request goes on where the one before ended.
      cursor = page.hasMore && at % 2 === 0 ? `&cursor=${encodeURIComponent(page.cursor)}` : '';
    }
    times.sort((left, right) => left - right);
    const at = (share) => ms(times[Math.floor((times.length - 1) * share)]);
    rows.push([name, at(0.5), at(0.99)]);
    console.error(rows.at(-1).join('  '));
  }
  return table(['page of 50', 'p50 ms', 'p99 ms'], rows);
}
