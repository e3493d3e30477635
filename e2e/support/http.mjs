// HTTP clients for tests: one that speaks the API, one that walks a provider's pages like a person.
import assert from 'node:assert/strict';

class Jar {
  #cookies = new Map();
  /** Browsers keep cookies by host alone; all servers here share one host, so names must not clash. */
  header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
  take(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim();
      const gone = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute));
      if (gone || pair.slice(at + 1) === '') this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(at + 1));
    }
  }
  entries() {
    return [...this.#cookies];
  }
}

/** One person's (or key's) way into Patchbay. */
export class Api {
  constructor(url, { key, project } = {}) {
    this.url = url;
    this.key = key;
    this.project = project;
    this.jar = new Jar();
  }

  /** The same person in another project. */
  in(project) {
    const other = new Api(this.url, { key: this.key, project });
    other.jar = this.jar;
    other.user = this.user;
    return other;
  }

  /** `path` beginning with /auth, /apps, /projects or /workspace is workspace-wide, else it is of the project. */
  address(path) {
    if (/^\/(auth|apps|projects|workspace|openapi\.json)\b/.test(path)) return `${this.url}/api/v1${path}`;
    if (this.key) return `${this.url}/api/v1${path}`;
    return `${this.url}/api/v1/projects/${this.project}${path}`;
  }

  async fetch(url, init = {}) {
    const headers = new Headers(init.headers);
    if (this.key) headers.set('authorization', `Bearer ${this.key}`);
    else if (this.jar.header()) headers.set('cookie', this.jar.header());
    if (!this.key && init.method && init.method !== 'GET') headers.set('origin', this.url);
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    this.jar.take(response);
    return response;
  }

  /** Any request; answers {status, body, headers}. */
  async send(method, path, body, headers = {}) {
    const init = { method, headers: { ...headers } };
    if (body !== undefined) {
      init.headers['content-type'] ??= 'application/json';
      init.body = typeof body === 'string' ? body : JSON.stringify(body);
    }
    const response = await this.fetch(this.address(path), init);
    const text = await response.text();
    let parsed = text;
    if (response.headers.get('content-type')?.includes('json') && text) parsed = JSON.parse(text);
    return { status: response.status, body: parsed, headers: response.headers };
  }

  /** A request that must succeed; answers its body. */
  async ok(method, path, body, headers) {
    const answer = await this.send(method, path, body, headers);
    assert.ok(
      answer.status >= 200 && answer.status < 300,
      `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`,
    );
    return answer.body;
  }
  get = (path) => this.ok('GET', path);
  post = (path, body) => this.ok('POST', path, body ?? {});
  put = (path, body, headers) => this.ok('PUT', path, body, headers);
  patch = (path, body) => this.ok('PATCH', path, body);
  delete = (path) => this.ok('DELETE', path);

  /** A request that must be refused with this status and code; answers the error. */
  async refused(status, code, method, path, body) {
    const answer = await this.send(method, path, body);
    assert.equal(answer.status, status, `${method} ${path} answered ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.error?.statusCode, status);
    if (code) assert.equal(answer.body.error.code, code, answer.body.error.message);
    assert.match(answer.body.error.message, /\S/);
    return answer.body.error;
  }
}

/**
 * A person's browser without a window: follows an authorize URL through sign-in and consent to the end.
 * `visit(url)` answers the last page of Patchbay it arrives at (the callback's own answer).
 */
export class Agent {
  constructor(api, { username = 'alice', password = 'wonder', allow = true } = {}) {
    this.api = api;
    this.person = { username, password };
    this.allow = allow;
    this.jars = new Map();
  }

  jar(origin) {
    if (!this.jars.has(origin)) this.jars.set(origin, new Jar());
    return this.jars.get(origin);
  }

  /** The callback URL that the provider sends the person back to. */
  async authorize(url) {
    let next = { url: new URL(url), init: {} };
    for (let hops = 0; hops < 20; hops += 1) {
      if (next.url.origin === new URL(this.api.url).origin) return next.url;
      const jar = this.jar(next.url.origin);
      const response = await fetch(next.url, {
        redirect: 'manual',
        ...next.init,
        headers: { ...next.init.headers, cookie: jar.header(), referer: next.url.href },
      });
      jar.take(response);
      const location = response.headers.get('location');
      if (location) {
        next = { url: new URL(location, next.url), init: {} };
        continue;
      }
      const page = await response.text();
      assert.equal(response.status, 200, `${next.url} answered ${response.status}: ${page.slice(0, 300)}`);
      next = this.#answer(next.url, page);
    }
    throw new Error('the provider sends the person in circles');
  }

  /** Goes all the way: the provider's pages, then Patchbay's callback. */
  async visit(url) {
    const callback = await this.authorize(url);
    return this.api.fetch(callback);
  }

  #answer(url, page) {
    const forms = [...page.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes, inner]) => ({
      action: decode(/action="([^"]*)"/.exec(attributes)?.[1] ?? ''),
      inner,
    }));
    assert.ok(forms.length, `no form on ${url}: ${page.slice(0, 300)}`);
    const wanted = this.allow ? 'action=allow' : 'action=deny';
    const form = forms.find(({ action }) => action.includes(wanted)) ?? forms[0];
    const fields = new URLSearchParams();
    for (const [tag] of form.inner.matchAll(/<input[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(tag)?.[1];
      if (!name || (/type="submit"/.test(tag) && !(name === 'allow' && this.allow))) continue;
      fields.set(name, decode(/value="([^"]*)"/.exec(tag)?.[1] ?? ''));
    }
    if (/name="password"/.test(form.inner)) {
      fields.set('username', this.person.username);
      fields.set('password', this.person.password);
    }
    return {
      url: new URL(form.action, url),
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: fields.toString(),
      },
    };
  }
}

function decode(text) {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
