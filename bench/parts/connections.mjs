// The list of connections with very many of them in one project.
import { Agent, request } from 'node:http';
import { APPS } from '../support/patchbay.mjs';
import { cpuSeconds } from '../support/processes.mjs';
import { ms } from '../support/report.mjs';

const WORDS = ['Sales', 'Support', 'Ops', 'Finance', 'Données', 'مالية', 'Team 🚀', 'Warehouse', 'Marketing', 'Legal'];

/** The name of a connection that was made, counted from 0. */
export const nameOf = (at) => `${WORDS[at % WORDS.length]} ${at}`;

/**
 * Asks over connections that are kept and answers with what came, as bytes: `fetch` costs more than what it asks for
 * here, and its pauses of 20 ms would be taken for the server's.
 */
function caller(patchbay, agent) {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { ...patchbay.headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
      const options = { agent, method, port: patchbay.port, host: '127.0.0.1', path: `/api/v1${path}`, headers };
      const sent = request(options, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const said = Buffer.concat(parts);
          if (answer.statusCode >= 300) reject(new Error(`${method} ${path}: ${answer.statusCode} ${said}`));
          else resolve(said);
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
}

/** Makes connections by the API, many at a time; one in a hundred is revoked, another in the trash. */
export async function seed(patchbay, count, from = 0) {
  const agent = new Agent({ keepAlive: true, maxSockets: 48 });
  const call = caller(patchbay, agent);
  let next = from;
  const worker = async () => {
    while (next < from + count) {
      const at = next;
      next += 1;
      const made = await call('POST', '/connections', {
        name: nameOf(at),
        app: APPS[at % APPS.length],
        type: 'API_KEY',
        value: { api_key: `key-${at}` },
        verify: false,
      });
      const connection = JSON.parse(made);
      if (at % 100 === 0) await call('POST', `/connections/${connection.id}/revoke`, {});
      if (at % 100 === 50) await call('DELETE', `/connections/${connection.id}`, {});
    }
  };
  await Promise.all(Array.from({ length: 48 }, worker));
  agent.destroy();
}

/** Every filter the API has, with what many pass, few and none; and every sort both ways. */
function questions(count) {
  const rare = encodeURIComponent(nameOf(count - 1));
  const all = {
    'no filter': '',
    'text of many': 'q=finance',
    'text of many, the last by name': 'q=warehouse',
    'text of some': 'q=Finance%2012',
    'text of one': `q=${rare}`,
    'text of none': 'q=nothing%20like%20it',
    'two letters of none': 'q=zq',
    'text of one, by last use': `q=${rare}&sort=-last_used`,
    'text of many, by last use': 'q=finance&sort=-last_used',
    'app': 'app=bench-two',
    'app of none': 'app=gmail',
    'status ACTIVE': 'status=ACTIVE',
    'status REVOKED': 'status=REVOKED',
    'status ERROR': 'status=ERROR',
    'status EXPIRED': 'status=EXPIRED',
    'needs attention': 'attention=true',
    'needs attention, by flows': 'attention=true&sort=-flows',
    'needs attention, by creation': 'attention=true&sort=created',
    'expiring within 7 days': 'expiring_within=7d',
    'unused': 'unused=true',
    'unused, by last use': 'unused=true&sort=last_used',
    'mine': 'owner=me',
    "somebody else's": 'owner=user_00000000000000000000000000',
    'trash': 'deleted=true',
    'trash, by last use': 'deleted=true&sort=-last_used',
    'all of them together': `q=finance&app=bench-two&status=REVOKED&attention=true&unused=true&sort=-created`,
  };
  for (const sort of ['name', 'status', 'last_used', 'created', 'app', 'flows']) {
    all[`by ${sort}`] = `sort=${sort}`;
    all[`by ${sort}, falling`] = `sort=-${sort}`;
  }
  const asked = Object.entries(all).map(([name, query]) => [name, `/connections?limit=50&${query}`, true]);
  for (const [name, query] of [['', ''], [', text of many', '?q=finance'], [', text of one', `?q=${rare}`], [', app', '?app=bench-two']]) {
    asked.push([`counts${name}`, `/connections/counts${query}`, false]);
  }
  asked.push(['apps in use', '/connections/apps', false]);
  return asked;
}

/** The way to the last page: cursor after cursor. */
async function lastPage(patchbay) {
  let cursor = '';
  for (;;) {
    const path = `/connections?limit=100${cursor}`;
    const page = await patchbay.call('GET', path);
    if (!page.hasMore) return ['the last page', path, false];
    cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
  }
}

/** Latency of a page of 50, one request at a time: rows of name, median, 99th percentile and processor time. */
export async function list(patchbay, count, each = 400) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = caller(patchbay, agent);
  const rows = [];
  for (const [name, path, paged] of [...questions(count), await lastPage(patchbay)]) {
    const times = [];
    let cursor = '';
    const before = cpuSeconds([patchbay.pid]);
    for (let at = 0; at < each; at += 1) {
      const began = performance.now();
      const answer = await call('GET', `${path}${cursor}`);
      times.push(performance.now() - began);
      const page = JSON.parse(answer);
      // Every other request goes on where the one before ended.
      cursor = paged && page.hasMore && at % 2 === 0 ? `&cursor=${encodeURIComponent(page.cursor)}` : '';
    }
    const cpu = ((cpuSeconds([patchbay.pid]) - before) * 1000) / each;
    times.sort((left, right) => left - right);
    const at = (share) => ms(times[Math.floor((times.length - 1) * share)]);
    rows.push([name, at(0.5), at(0.99), ms(cpu)]);
    console.error(rows.at(-1).join('  '));
  }
  agent.destroy();
  return rows;
}
