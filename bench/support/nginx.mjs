// The upstream that everything is measured in front of, and nginx as the plain proxy to compare with.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, start, waitFor, work } from './processes.mjs';

export const SECRET = 'bench-secret-0123456789';
export const USER = 'bench';
const BASIC = `Basic ${Buffer.from(`${USER}:${SECRET}`).toString('base64')}`;

function nginx(name, port, http) {
  const directory = path.join(work, name);
  mkdirSync(directory, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${directory}/${kind};`)
    .join(' ');
  const file = path.join(directory, 'nginx.conf');
  writeFileSync(
    file,
    `${process.getuid() === 0 ? 'user root; ' : ''}worker_processes ${name === 'upstream' ? 1 : 'auto'}; daemon off; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 2048; }
http {
  access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; ${temporary}
  ${http}
}
`,
  );
  return start(name, 'nginx', ['-p', directory, '-e', `${directory}/error.log`, '-c', file]);
}

/** JSON of 1 KiB and 64 KiB for the right credential, 401 without; and a token endpoint. */
export async function startUpstream() {
  const port = await freePort();
  const files = path.join(work, 'files');
  mkdirSync(files, { recursive: true });
  for (const size of [1024, 65_536]) {
    const text = 'x'.repeat(size - '{"data":""}'.length);
    writeFileSync(path.join(files, `${size}.json`), `{"data":"${text}"}`);
  }
  const small = `{"data":"${'x'.repeat(1024 - 11)}"}`;
  const server = nginx(
    'upstream',
    port,
    `map $http_authorization $known { default 0; "Bearer ${SECRET}" 1; "${BASIC}" 1; }
  server {
    listen 127.0.0.1:${port} reuseport;
    default_type application/json;
    location = /token { return 200 '{"access_token":"${SECRET}","token_type":"bearer","expires_in":86400}'; }
    location = /1024 { if ($known = 0) { return 401; } return 200 '${small}'; }
    location = /65536 { if ($known = 0) { return 401; } alias ${files}/65536.json; }
  }`,
  );
  await waitFor(`http://127.0.0.1:${port}/token`, server);
  return { ...server, port, url: `http://127.0.0.1:${port}` };
}

/** nginx `proxy_pass` that adds the credential, with connections kept to the upstream. */
export async function startProxy(upstream) {
  const port = await freePort();
  const server = nginx(
    'proxy',
    port,
    `upstream app { server 127.0.0.1:${upstream.port}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} reuseport;
    location / {
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${SECRET}";
    }
  }`,
  );
  await waitFor(`http://127.0.0.1:${port}/1024`, server);
  return { ...server, url: `http://127.0.0.1:${port}` };
}
