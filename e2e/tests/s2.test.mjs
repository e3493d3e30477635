// S2: beyond loopback only TLS, and TLS 1.3 only; to apps as well.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Api } from '../support/http.mjs';
import { freePort, run } from '../support/processes.mjs';
import { Patchbay, binary } from '../support/server.mjs';
import { owner } from '../support/world.mjs';

let directory, authority, certificate, key, patchbay;

async function openssl(...args) {
  const made = await run('openssl', args, { cwd: directory });
  assert.equal(made.code, 0, made.stderr);
}

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'patchbay-tls-'));
  [authority, certificate, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => path.join(directory, name));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...curve, '-days', '2', '-subj', '/CN=Test authority', '-keyout', 'ca-key.pem', '-out', authority);
  await openssl('req', ...curve, '-subj', '/CN=localhost', '-keyout', key, '-out', 'request.pem');
  writeFileSync(path.join(directory, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n');
  await openssl(
    ...['x509', '-req', '-in', 'request.pem', '-CA', authority, '-CAkey', 'ca-key.pem', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'names', '-out', certificate],
  );
  patchbay = await Patchbay.prepare({ tls: true, args: ['--tls-cert', certificate, '--tls-key', key] });
  patchbay.args.push('--public-url', patchbay.url);
  await patchbay.start();
});
after(async () => {
  await patchbay?.remove();
  rmSync(directory, { recursive: true, force: true });
});

const shake = (...flags) =>
  run('openssl', ['s_client', '-connect', `127.0.0.1:${patchbay.port}`, '-CAfile', authority, '-verify_return_error', ...flags]);

test('s2 TLS 1.3 is spoken', async () => {
  const { code, stdout } = await shake('-tls1_3');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /TLSv1\.3/);
  assert.match(stdout, /Verify return code: 0/);
});

for (const version of ['-tls1_2', '-tls1_1', '-tls1']) {
  test(`s2 ${version.slice(1)} is refused`, async () => {
    const { code, stdout, stderr } = await shake(version, '-cipher', 'ALL:@SECLEVEL=0');
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /protocol version|no protocols available|Cipher is \(NONE\)|handshake failure/i);
  });
}

test('s2 over TLS the session cookie is __Host-, Secure and HttpOnly', async () => {
  const body = JSON.stringify({ name: 'Ana', email: 'ana@acme.test', password: 'correct horse battery' });
  const cookies = await new Promise((resolve, reject) => {
    const request = https.request(
      `${patchbay.url}/api/v1/auth/setup`,
      { method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json', origin: patchbay.url } },
      (response) => {
        response.resume();
        response.on('end', () => resolve([response.statusCode, response.headers['set-cookie'] ?? []]));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
  assert.equal(cookies[0], 201);
  const session = cookies[1].find((cookie) => cookie.startsWith('__Host-'));
  assert.ok(session, cookies[1].join('\n'));
  assert.match(session, /Secure/i);
  assert.match(session, /HttpOnly/i);
  assert.match(session, /SameSite=Lax/i);
  assert.match(session, /Path=\//i);
});

test('s2 beyond loopback without TLS or a proxy it refuses to start', async () => {
  const plain = await Patchbay.prepare();
  const { code, stderr, stdout } = await run(binary, ['serve', '--listen', `0.0.0.0:${plain.port}`, '--data', plain.data]);
  assert.ok([1, 2].includes(code), `exit code ${code}`);
  assert.match(stderr + stdout, /TLS|--behind-proxy/);
  await plain.remove();
});

for (const [version, works] of [['TLSv1.3', true], ['TLSv1.2', false]]) {
  test(`s2 an app that speaks ${version} at most ${works ? 'is called' : 'is not sent a credential'}`, async () => {
    const received = [];
    const app = https.createServer(
      { key: readFileSync(key), cert: readFileSync(certificate), maxVersion: version },
      (request, response) => {
        received.push(request.headers['x-api-key']);
        response.setHeader('content-type', 'application/json');
        response.end('{"user":"ana"}');
      },
    );
    const port = await freePort();
    await new Promise((resolve) => app.listen(port, '127.0.0.1', resolve));
    const plain = await Patchbay.prepare({ args: ['--extra-ca', authority] });
    try {
      await plain.start({ tlsHost: `127.0.0.1:${port}` });
      const api = new Api(plain.url);
      api.project = (await api.post('/auth/setup', owner)).projects[0].id;
      const made = await api.send('POST', '/connections', {
        name: 'Vault',
        app: 'acme-tls',
        type: 'API_KEY',
        value: { api_key: 'a-secret-key' },
      });
      assert.equal(made.status, works ? 201 : 422, JSON.stringify(made.body));
      assert.deepEqual(received, works ? ['a-secret-key'] : []);
    } finally {
      await plain.remove();
      app.close();
    }
  });
}
