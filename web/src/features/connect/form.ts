import type { ApiError } from '@/api/client';
import type { App, AppField, AppSetting, AuthMethod, ConnectOptions } from '@/api/types';

/** Values of a connect form by field name. */
export type Values = Record<string, string>;

/** A setting or credential field, as the form asks for it. */
export interface FormField extends AppField {
  /** Settings are shown afterwards; fields are the credential. */
  group: 'settings' | 'value';
  example?: string | null;
}

const IMPLIED: Record<string, AppField[]> = {
  BASIC: [
    { name: 'username', title: 'User name', secret: false },
    { name: 'password', title: 'Password', secret: true },
  ],
  API_KEY: [{ name: 'api_key', title: 'API key', secret: true }],
  OAUTH2_CLIENT_CREDENTIALS: [
    { name: 'client_id', title: 'Client id', secret: false },
    { name: 'client_secret', title: 'Client secret', secret: true },
  ],
};

/** Whether the method needs the provider's page in a browser. */
export function isBrowserMethod(method: Pick<AuthMethod, 'type'>): boolean {
  return method.type === 'OAUTH2' || method.type === 'OAUTH1';
}

/** What people have at hand at an app; keys of service accounts and the like are made by its administrators. */
const AT_HAND: ReadonlySet<string> = new Set(['api_key', 'basic', 'custom']);

/** The recommended method; for those who cannot set up its OAuth client, the first one they can use now. */
export function firstMethod(manifest: Pick<App, 'authMethods'>, options: Pick<ConnectOptions, 'canConfigure' | 'methods'>): AuthMethod | undefined {
  const ready = (method: AuthMethod): boolean => options.methods.find((each) => each.id === method.id)?.ready ?? true;
  const [recommended] = manifest.authMethods;
  if (options.canConfigure || !recommended || ready(recommended)) return recommended;
  return manifest.authMethods.find((method) => AT_HAND.has(method.method) && ready(method)) ?? recommended;
}

/** Name of a method on its control. */
export function methodLabel(method: Pick<AuthMethod, 'type' | 'title'>, appName: string): string {
  // "Sign in" is what the catalog says where a manifest gives no title.
  if (method.title && method.title !== 'Sign in') return method.title;
  switch (method.type) {
    case 'OAUTH2':
    case 'OAUTH1':
      return `Sign in with ${appName}`;
    case 'API_KEY':
      return 'API key';
    case 'BASIC':
      return 'User name and password';
    case 'OAUTH2_CLIENT_CREDENTIALS':
      return 'Client credentials';
    default:
      return 'Credentials';
  }
}

/** What the form of a method asks: the app's settings it needs, then the credential's fields. */
export function formFields(app: App, method: AuthMethod): FormField[] {
  const needed = method.settings;
  const settings = app.settings
    .filter((setting) => !needed || needed.includes(setting.name))
    .map((setting: AppSetting): FormField => ({ ...setting, secret: false, group: 'settings', placeholder: setting.example ?? null }));
  if (isBrowserMethod(method)) return settings;
  const fields = method.fields.length > 0 ? method.fields : (IMPLIED[method.type] ?? []);
  return [...settings, ...fields.map((field): FormField => ({ ...field, group: 'value' }))];
}

/** The values a form starts with: defaults of settings, and what a connection already has of both. */
export function startValues(app: App, fields: readonly FormField[], known: Record<string, unknown> = {}): Values {
  const defaults = new Map(app.settings.map((setting) => [setting.name, setting.default ?? '']));
  return Object.fromEntries(
    fields
      .filter((field) => !field.secret)
      .map((field) => {
        const value = known[field.name];
        return [field.name, typeof value === 'string' ? value : (defaults.get(field.name) ?? '')];
      }),
  );
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    // Written for another regular-expression engine: the server judges.
    return true;
  }
}

/** Messages by field for what is missing or misshapen; empty when the form may be sent. */
export function checkForm(fields: readonly FormField[], values: Values): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const value = (values[field.name] ?? '').trim();
    if (!value) {
      if (field.required !== false) errors[field.name] = `Enter the ${lowerFirst(field.title)}.`;
    } else if (field.pattern && !matches(field.pattern, value)) {
      errors[field.name] = field.example
        ? `This is not how ${lowerFirst(field.title)} looks. Example: ${field.example}`
        : `This is not how ${lowerFirst(field.title)} looks. Check that all of it was copied.`;
    }
  }
  return errors;
}

function lowerFirst(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

/** The trimmed values of one group, without the empty ones. */
export function groupValues(fields: readonly FormField[], values: Values, group: FormField['group']): Values {
  return Object.fromEntries(
    fields
      .filter((field) => field.group === group)
      .map((field): [string, string] => [field.name, (values[field.name] ?? '').trim()])
      .filter(([, value]) => value !== ''),
  );
}

/** A refused form: messages by field, and what to say about the whole. */
export interface Refusal {
  fields: Record<string, string>;
  message: string | null;
  providerMessage: string | null;
  /** Saving without the check may help: nobody could be asked. */
  canSaveAnyway: boolean;
  /** To look the failure up by, where it is the server's own. */
  requestId: string | null;
}

/**
 * What may be wrong where the app refused the credential. Apps refuse a user name and a password together, and the server
 * then names the secret for want of knowing: only a named field that is no secret stands for itself.
 */
function doubtful(fields: readonly FormField[], named: FormField | undefined): FormField[] {
  if (!named) return [];
  const whole = fields.filter((field) => field.group === 'value' && field.required !== false);
  return named.secret && whole.includes(named) ? whole : [named];
}

/** "user name and password" */
function inWords(fields: readonly FormField[]): string {
  const titles = fields.map((field) => lowerFirst(field.title));
  return [titles.slice(0, -1).join(', '), ...titles.slice(-1)].filter(Boolean).join(' and ');
}

/** Makes words of a refusal by the server. `fields` tells which fields the form has. */
export function refusalOf(error: ApiError, app: Pick<App, 'name'>, fields: readonly FormField[]): Refusal {
  const none: Refusal = { fields: {}, message: null, providerMessage: null, canSaveAnyway: false, requestId: error.status >= 500 ? error.requestId : null };
  if (error.code === 'CONNECTION_NAME_TAKEN') return { ...none, fields: { name: error.message } };
  if (error.code === 'CREDENTIAL_REJECTED') {
    const reason = String(error.details['reason'] ?? '');
    const providerMessage = typeof error.details['providerMessage'] === 'string' ? error.details['providerMessage'] : null;
    const named = typeof error.details['field'] === 'string' ? error.details['field'] : null;
    const secret = fields.find((field) => field.name === named) ?? fields.find((field) => field.secret);
    const what = secret ? lowerFirst(secret.title) : 'credential';
    switch (reason) {
      case 'wrong_key': {
        const doubted = doubtful(fields, secret);
        return mark(doubted, `${app.name} does not accept this ${inWords(doubted) || what}.`);
      }
      case 'no_permission':
        return mark(secret ? [secret] : [], `${app.name} knows this ${what}, but it lacks a permission that is needed.`);
      case 'host_unreachable':
        return {
          ...none,
          message: `${app.name} cannot be reached from here, so the ${what} could not be checked.`,
          providerMessage,
          canSaveAnyway: true,
        };
      case 'provider_down':
        return {
          ...none,
          message: `${app.name} is not working properly at the moment, so the ${what} could not be checked.`,
          providerMessage,
          canSaveAnyway: true,
        };
      default:
        return { ...none, message: error.message, providerMessage, canSaveAnyway: reason === 'unexpected_answer' };
    }
    function mark(at: readonly FormField[], message: string): Refusal {
      return at.length > 0
        ? { ...none, fields: Object.fromEntries(at.map((field) => [field.name, message])), providerMessage }
        : { ...none, message, providerMessage };
    }
  }
  const known = new Set([...fields.map((field) => field.name), 'name']);
  const marked: Record<string, string> = {};
  for (const [path, message] of Object.entries(error.fields)) {
    const name = path.split('.').at(-1) ?? path;
    if (known.has(name)) marked[name] = message;
  }
  const all = Object.keys(error.fields).length;
  const complete = all > 0 && Object.keys(marked).length === all;
  return { ...none, fields: marked, message: complete ? null : error.message };
}
