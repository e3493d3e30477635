// An OpenID provider (npm oidc-provider) with an API behind it, as one app for the tests to connect.
//
// Environment: PORT; REDIRECTS = comma list of redirect URIs; AT_TTL, RT_TTL, CODE_TTL in seconds;
// ROTATE=1|0: a new refresh token at each refresh (an old one that returns ends its grant);
// MODE=auto: the user agrees by itself | ask: a page with Allow and Deny.
//
// Control, for tests only:
//   GET  /control        what happened: token requests by grant type and outcome, tokens issued, API calls
//   POST /control        {mode?, account?, rotate?, accessTtl?, tokenDelayMs?, tokenStatus?, apiStatus?, reset?}
import http from 'node:http';
import { Provider } from 'oidc-provider';

const env = (name, otherwise) => process.env[name] ?? otherwise;
const port = Number(env('PORT', '0'));
const redirects = env('REDIRECTS', 'http://127.0.0.1:9899/cb').split(',');
const seconds = (name, otherwise) => Number(env(name, otherwise));

const settings = {
  mode: env('MODE', 'auto'),
  account: null, // null: the login hint, else alice
  rotate: env('ROTATE', '1') === '1',
  accessTtl: seconds('AT_TTL', '5'),
  tokenDelayMs: 0,
  tokenStatus: 0, // other than 0: the token endpoint fails with this status
  apiStatus: 0, // other than 0: the API fails with this status
};
let log = emptyLog();
function emptyLog() {
  return { tokenRequests: 0, granted: {}, refused: {}, issued: [], calls: [], messages: [] };
}

const browserClient = {
  redirect_uris: redirects,
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
};
const machineClient = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
const clients = [
  { ...browserClient, client_id: 'web-basic', client_secret: 'web-basic-secret', token_endpoint_auth_method: 'client_secret_basic' },
  { ...browserClient, client_id: 'web-post', client_secret: 'web-post-secret', token_endpoint_auth_method: 'client_secret_post' },
  // RFC 6749 §2.3.1: both halves are form-encoded before they go into Basic.
  { ...browserClient, client_id: 'odd:id/+u', client_secret: 'p:a%b+c/d=&e', token_endpoint_auth_method: 'client_secret_basic' },
  { ...browserClient, client_id: 'public', token_endpoint_auth_method: 'none' },
  { ...machineClient, client_id: 'svc', client_secret: 'svc-secret' },
];

const issuer = env('ISSUER', `http://127.0.0.1:${port}`);
const provider = new Provider(issuer, {
  clients,
  cookies: { keys: ['for tests only'] },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'api:read', 'api:write'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: address(id), email_verified: true, name: id }),
  }),
  // The library forgives 15 seconds by default, which would let a five-second token live for twenty.
  clockTolerance: 0,
  pkce: { required: () => true },
  ttl: {
    AccessToken: () => settings.accessTtl,
    ClientCredentials: () => settings.accessTtl,
    RefreshToken: seconds('RT_TTL', '3600'),
    AuthorizationCode: seconds('CODE_TTL', '60'),
    IdToken: 3600,
    Interaction: 600,
    Session: 3600,
    Grant: 86400,
  },
  rotateRefreshToken: () => settings.rotate,
  issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
    introspection: { enabled: true, allowedPolicy: () => true },
  },
});
const count = (table, key) => (table[key] = (table[key] ?? 0) + 1);
provider.on('grant.success', (context) => {
  count(log.granted, context.oidc.params.grant_type);
  const { access_token: access, refresh_token: refresh } = context.body;
  log.issued.push({ access, refresh: refresh ?? null });
});
provider.on('grant.error', (context, error) => count(log.refused, `${context.oidc?.params?.grant_type}:${error.error}`));
provider.on('server_error', (_context, error) => console.error(error));

function address(account) {
  return account.includes('@') ? account : `${account}@example.test`;
}

// The person at the keyboard: signs in as the account of the moment, then allows or denies.
async function interaction(request, response, action) {
  const details = await provider.interactionDetails(request, response);
  const { prompt, params } = details;
  const end = (result, merge) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: merge });
  if (action === 'deny') {
    return end({ error: 'access_denied', error_description: 'The user said no' }, false);
  }
  if (prompt.name === 'login') {
    const hint = params.login_hint?.replace(/@example\.test$/, '');
    return end({ login: { accountId: settings.account ?? hint ?? 'alice' } }, false);
  }
  if (settings.mode === 'ask' && action !== 'allow') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return response.end(`<!doctype html><html lang="en"><title>Allow access?</title>
<h1>${params.client_id} wants to use your account</h1>
<p>Signed in as ${details.session.accountId}</p>
<form method="post" action="?action=allow"><button>Allow</button></form>
<form method="post" action="?action=deny"><button>Deny</button></form>`);
  }
  const grant = details.grantId
    ? await provider.Grant.find(details.grantId)
    : new provider.Grant({ accountId: details.session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return end({ consent: { grantId: await grant.save() } }, true);
}

// The API behind it: a live Bearer token or 401 as RFC 6750 says.
async function api(request, response, path) {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const found = token
    ? ((await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token)))
    : undefined;
  const live = found !== undefined && !found.isExpired;
  const account = live ? (found.accountId ?? found.clientId) : null;
  log.calls.push({ method: request.method, path, account, status: live ? 200 : 401 });
  if (settings.apiStatus) return json(response, settings.apiStatus, { error: 'as told' });
  if (!live) {
    response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
    return json(response, 401, { error: 'invalid_token' });
  }
  if (path === '/api/me') {
    return json(response, 200, { sub: account, email: address(account), scope: found.scope ?? '', left: found.remainingTTL });
  }
  if (path === '/api/contacts') {
    return json(response, 200, { contacts: [{ id: 1, name: 'Ada' }, { id: 2, name: 'Grace' }], account });
  }
  if (path === '/api/messages' && request.method === 'POST') {
    const message = { ...(await body(request)), account, key: request.headers['idempotency-key'] ?? null };
    log.messages.push(message);
    return json(response, 201, { id: log.messages.length, ...message });
  }
  return json(response, 404, { error: 'not_found' });
}

function json(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
}

const oidc = provider.callback();
const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  try {
    if (url.pathname === '/control') {
      if (request.method === 'POST') {
        const { reset, ...changes } = await body(request);
        if (reset) log = emptyLog();
        Object.assign(settings, changes);
      }
      return json(response, 200, { ...log, settings });
    }
    if (url.pathname.startsWith('/interaction/')) {
      return await interaction(request, response, url.searchParams.get('action'));
    }
    if (url.pathname.startsWith('/api/')) return await api(request, response, url.pathname);
    if (url.pathname === '/token') {
      log.tokenRequests += 1;
      if (settings.tokenDelayMs) await new Promise((done) => setTimeout(done, settings.tokenDelayMs));
      if (settings.tokenStatus) return json(response, settings.tokenStatus, { error: 'temporarily_unavailable' });
    }
    return await oidc(request, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.end('failed');
  }
});
server.listen(port, '127.0.0.1', () => console.log(`ready ${issuer}`));
