// Lighthouse on the sign-in page, the lists, the builder, a run and New connection of the real binary in demo mode, and what the first
// load of the dashboard weighs. Writes docs/benchmarks-dashboard.md. Needs Node 22; scripts/lighthouse.sh brings it.
// LIGHTHOUSE_PAGES=Apps,Flows looks at those alone, prints what it finds and writes nothing.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const ROUNDS = 3;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const WANTED = 95;
const FIRST_LOAD_KB = 250;
/** On a wide screen these load the canvas as well, which no other page needs. */
const HEAVIER = ['Flow', 'Run'];
const ONLY = process.env.LIGHTHOUSE_PAGES?.split(',');
const person = { email: 'demo@patchbay.example', password: 'patchbay-demo' };

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startDemo() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.env.PATCHBAY_BIN, ['demo', '--listen', `127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  process.on('exit', () => child.kill('SIGTERM'));
  for (let tries = 0; tries < 240; tries += 1) {
    if (child.exitCode !== null) throw new Error('the demo did not start');
    const ready = await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
    if (ready) return { url, stop: () => child.kill('SIGTERM') };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the demo did not become ready');
}

async function session(url) {
  const answer = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(person),
  });
  if (!answer.ok) throw new Error(`sign-in answered ${answer.status}`);
  const me = await answer.json();
  const cookies = answer.headers.getSetCookie().map((line) => {
    const pair = line.split(';')[0];
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url, httpOnly: true, sameSite: 'Lax' };
  });
  return { cookies, project: me.projects[0].id };
}

/** The sample flow, and a run of it that has ended. */
async function sample(url, { cookies, project }) {
  const call = async (method, path_, body) => {
    const answer = await fetch(`${url}/api/v1/projects/${project}${path_}`, {
      method,
      headers: {
        'content-type': 'application/json',
        origin: url,
        cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
      },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path_} answered ${answer.status}`);
    return answer.json();
  };
  const [flow] = (await call('GET', '/flows')).data;
  const started = await call('POST', `/flows/${flow.id}/runs`, { input: {} });
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await call('GET', `/runs/${started.runId}`)).finishedAt) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { flow: flow.id, run: started.runId };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Kilobytes that crossed the wire. */
const weight = (requests) => requests.reduce((sum, each) => sum + (each.transferSize ?? 0), 0) / 1000;

/** Presses C, which opens New connection, as soon as the page listens to it; runs in the page. */
function openNewConnection() {
  const press = setInterval(() => {
    if (document.querySelector('[role=dialog], [role=status][aria-label=Opening]')) clearInterval(press);
    else if (document.getElementById('main')) document.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', bubbles: true }));
  }, 20);
}

/** One visit in a tab of its own; a trace that the browser lost is taken again. */
async function visit(browser, url, config, inPage) {
  const flags = { onlyCategories: CATEGORIES, disableStorageReset: true, logLevel: 'error' };
  for (let tries = 1; ; tries += 1) {
    const page = await browser.newPage();
    const devtools = await page.createCDPSession();
    await devtools.send('Network.clearBrowserCache');
    await devtools.detach();
    if (inPage) await page.evaluateOnNewDocument(inPage);
    const { lhr } = await lighthouse(url, flags, config, page);
    await page.close();
    if (!lhr.runtimeError) return lhr;
    if (tries === 3) throw new Error(lhr.runtimeError.message);
  }
}

/** Medians of the rounds for one page: scores (0 to 100), milliseconds, kilobytes that crossed the wire. */
async function measure(browser, url, config, inPage) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const lhr = await visit(browser, url, config, inPage);
    const requests = lhr.audits['network-requests'].details.items;
    rounds.push({
      scores: CATEGORIES.map((name) => Math.round(lhr.categories[name].score * 100)),
      fcp: lhr.audits['first-contentful-paint'].numericValue,
      lcp: lhr.audits['largest-contentful-paint'].numericValue,
      tbt: lhr.audits['total-blocking-time'].numericValue,
      cls: lhr.audits['cumulative-layout-shift'].numericValue,
      kb: weight(requests.filter(({ url: at }) => !new URL(at).pathname.startsWith('/api/'))),
      data: weight(requests.filter(({ url: at }) => new URL(at).pathname.startsWith('/api/'))),
      failing: CATEGORIES.flatMap((name) =>
        lhr.categories[name].auditRefs
          .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9)
          .map(({ id }) => `${id} ${lhr.audits[id].displayValue ?? ''}`.trim()),
      ),
    });
  }
  return {
    scores: CATEGORIES.map((_, at) => median(rounds.map((round) => round.scores[at]))),
    fcp: median(rounds.map((round) => round.fcp)),
    lcp: median(rounds.map((round) => round.lcp)),
    tbt: median(rounds.map((round) => round.tbt)),
    cls: median(rounds.map((round) => round.cls)),
    kb: median(rounds.map((round) => round.kb)),
    data: median(rounds.map((round) => round.data)),
    failing: [...new Set(rounds.flatMap((round) => round.failing))],
  };
}

const demo = await startDemo();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-port=0'],
});
const results = [];
try {
  const signedIn = await session(demo.url);
  const { cookies, project } = signedIn;
  const { flow, run } = await sample(demo.url, signedIn);
  const pages = [
    ['Sign-in', `${demo.url}/login`],
    ['Connections', `${demo.url}/p/${project}/connections`],
    ['New connection', `${demo.url}/p/${project}/connections`, openNewConnection],
    ['Flows', `${demo.url}/p/${project}/flows`],
    ['Flow', `${demo.url}/p/${project}/flows/${flow}`],
    ['Run', `${demo.url}/p/${project}/runs/${run}`],
    ['Apps', `${demo.url}/p/${project}/apps`],
  ].filter(([name]) => !ONLY || ONLY.includes(name));
  for (const [name, url, inPage] of pages) {
    if (name !== 'Sign-in') await browser.setCookie(...cookies);
    for (const [device, config] of [['desktop', desktopConfig], ['phone', undefined]]) {
      const result = { name, device, ...(await measure(browser, url, config, inPage)) };
      results.push(result);
      console.log(`${name}, ${device}: ${result.scores.join(' / ')}, ${result.kb.toFixed(0)} KB`, result.failing.join('; '));
    }
  }
  const figures = results.map(
    ({ name, device, scores, fcp, lcp, tbt, cls, kb, data }) =>
      `| ${name} | ${device} | ${scores.join(' | ')} | ${(fcp / 1000).toFixed(2)} s | ${(lcp / 1000).toFixed(2)} s | ${tbt.toFixed(0)} ms | ${cls.toFixed(3)} | ${kb.toFixed(0)} | ${data.toFixed(0)} |`,
  );
  if (ONLY) console.log(figures.join('\n'));
  else writeFileSync(
    path.join(ROOT, 'docs/benchmarks-dashboard.md'),
    `# The dashboard, measured

Made by \`make lighthouse\`: Lighthouse 13.5.0 in ${await browser.version()}, ${ROUNDS} rounds a page, medians, on the
binary in demo mode on loopback. *Desktop* and *phone* are Lighthouse's own settings: the phone has a quarter of the
processor and a slow 4G line (150 ms, 1.6 Mbit/s). *Code* is everything of the dashboard that the first load fetched,
as it crossed the wire: page, scripts, styles, fonts. *Data* is what the API and the icons came to. *New connection* is
the page Connections with that dialog opened at once, by its key. Wanted: every score ≥ ${WANTED}, code ≤ ${FIRST_LOAD_KB} KB
but for a flow and a run on the desktop, which draw the canvas.

| page | device | performance | accessibility | best practices | first paint | largest paint | blocked | shift | code, KB | data, KB |
|---|---|---|---|---|---|---|---|---|---|---|
${figures.join('\n')}
`,
  );
} finally {
  await browser.close();
  demo.stop();
}
const light = ({ name, device, kb }) => kb <= FIRST_LOAD_KB || (device === 'desktop' && HEAVIER.includes(name));
const short = results.filter((result) => result.scores.some((score) => score < WANTED) || !light(result));
for (const { name, device, scores, kb } of short) console.error(`below what is wanted: ${name}, ${device}: ${scores.join(' / ')}, ${kb.toFixed(0)} KB`);
process.exit(short.length > 0 ? 1 : 0);
