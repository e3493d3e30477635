import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/client';
import type { App, AuthMethod } from '@/api/types';
import { checkForm, firstMethod, formFields, groupValues, methodLabel, refusalOf, startValues } from './form';

const token: AuthMethod = {
  id: 'api_key',
  method: 'api_key',
  type: 'API_KEY',
  title: 'API token',
  scopes: [],
  fields: [
    { name: 'email', title: 'E-mail', secret: false, required: true },
    { name: 'api_key', title: 'API token', secret: true, pattern: '^\\S+$', required: true },
  ],
};
const app: App = {
  slug: 'zendesk',
  name: 'Zendesk',
  category: 'support',
  description: '',
  icon: '',
  actionCount: 0,
  triggerCount: 0,
  docsUrl: null,
  hosts: [],
  actions: [],
  triggers: [],
  settings: [{ name: 'subdomain', title: 'Subdomain', pattern: '^[a-z0-9-]+$', example: 'acme', required: true, default: null }],
  authMethods: [token],
};
const fields = formFields(app, token);

describe('c2_api_key_form', () => {
  it('asks for the settings first, then for the credential', () => {
    expect(fields.map((field) => [field.name, field.group])).toEqual([
      ['subdomain', 'settings'],
      ['email', 'value'],
      ['api_key', 'value'],
    ]);
  });

  it('leaves out settings that the method does not need', () => {
    expect(formFields(app, { ...token, settings: [] }).map((field) => field.name)).toEqual(['email', 'api_key']);
  });

  it('names what is missing and what is misshapen', () => {
    expect(checkForm(fields, { subdomain: 'Not Good', email: ' ' })).toEqual({
      subdomain: 'This is not how subdomain looks. Example: acme',
      email: 'Enter the E-mail.',
      api_key: 'Enter the API token.',
    });
    expect(checkForm(fields, { subdomain: 'acme', email: 'a@b.c', api_key: ' x1 ' })).toEqual({});
  });

  it('leaves a pattern this engine cannot read to the server', () => {
    const odd = [{ ...fields[0], name: 'x', title: 'X', secret: false, pattern: '(?<', group: 'value' as const }];
    expect(checkForm(odd, { x: 'y' })).toEqual({});
  });

  it('sends trimmed values by group, without empty ones', () => {
    const values = { subdomain: ' acme ', email: 'a@b.c ', api_key: '\tkey\n' };
    expect(groupValues(fields, values, 'settings')).toEqual({ subdomain: 'acme' });
    expect(groupValues(fields, values, 'value')).toEqual({ email: 'a@b.c', api_key: 'key' });
  });

  it('starts with what is known and never with a secret', () => {
    expect(startValues(app, fields, { subdomain: 'acme', api_key: 'no' })).toEqual({ subdomain: 'acme', email: '' });
  });
});

it('c2_basic_auth_form asks for user name and password where the manifest names none', () => {
  const names = formFields({ ...app, settings: [] }, { ...token, type: 'BASIC', fields: [] }).map((field) => field.name);
  expect(names).toEqual(['username', 'password']);
});

it('names a browser method after the app', () => {
  expect(methodLabel({ type: 'OAUTH2', title: 'Sign in' }, 'Slack')).toBe('Sign in with Slack');
  expect(methodLabel({ type: 'API_KEY', title: 'Bot token' }, 'Slack')).toBe('Bot token');
});

describe('a refused credential', () => {
  const refused = (details: Record<string, unknown>): ApiError =>
    new ApiError({ code: 'CREDENTIAL_REJECTED', message: 'No.', status: 422, details });

  it('blames the key where there is nothing else', () => {
    const only = fields.filter((field) => field.name !== 'email');
    const words = refusalOf(refused({ reason: 'wrong_key', field: 'api_key', providerMessage: 'bad' }), app, only);
    expect(words.fields).toEqual({ api_key: 'Zendesk does not accept this API token.' });
    expect(words.providerMessage).toBe('bad');
    expect(words.canSaveAnyway).toBe(false);
  });

  it.each([{}, { field: 'password' }])('does not blame the password for the user name, %j', (details) => {
    const basic = formFields(app, { ...token, type: 'BASIC', fields: [] });
    const both = 'Zendesk does not accept this user name and password.';
    expect(refusalOf(refused({ reason: 'wrong_key', ...details }), app, basic).fields).toEqual({ username: both, password: both });
  });

  it('takes the server at its word where it names what is no secret', () => {
    const words = refusalOf(refused({ reason: 'wrong_key', field: 'email' }), app, fields);
    expect(words.fields).toEqual({ email: 'Zendesk does not accept this E-mail.' });
  });

  it('leaves out what may be left empty', () => {
    const field = (name: string, title: string, more: object) => ({ name, title, secret: true, group: 'value' as const, ...more });
    const three = [field('id', 'Key id', { secret: false }), field('key', 'Key', {}), field('session', 'Session token', { required: false })];
    expect(Object.keys(refusalOf(refused({ reason: 'wrong_key', field: 'key' }), app, three).fields)).toEqual(['id', 'key']);
  });

  it('offers to save unchecked only where nobody could be asked', () => {
    const can = (reason: string): boolean => refusalOf(refused({ reason }), app, fields).canSaveAnyway;
    expect(['host_unreachable', 'provider_down', 'wrong_key', 'no_permission'].map(can)).toEqual([true, true, false, false]);
  });

  it('maps paths of invalid fields to the form and keeps what has no field', () => {
    const invalid = (found: Record<string, string>): ApiError =>
      new ApiError({ code: 'VALIDATION_FAILED', message: 'Look.', status: 422, details: { fields: found } });
    expect(refusalOf(invalid({ 'settings.subdomain': 'Odd.' }), app, fields)).toMatchObject({
      fields: { subdomain: 'Odd.' },
      message: null,
    });
    expect(refusalOf(invalid({ other: 'Odd.' }), app, fields)).toMatchObject({ fields: {}, message: 'Look.' });
  });
});

it('whoever cannot set up an OAuth client begins with what people have at hand', () => {
  const method = (id: string, type: string): AuthMethod => ({ id, method: id, type, title: null, fields: [], scopes: [] });
  const [signIn, account, key] = [method('oauth2', 'OAUTH2'), method('jwt_bearer', 'CUSTOM'), method('api_key', 'API_KEY')];
  const options = (canConfigure: boolean) => ({
    canConfigure,
    methods: [signIn, account, key].map(({ id }) => ({ id, ready: id !== 'oauth2', scopes: [] })),
  });
  expect(firstMethod({ authMethods: [signIn, account] }, options(false))?.id).toBe('oauth2');
  expect(firstMethod({ authMethods: [signIn, account, key] }, options(false))?.id).toBe('api_key');
  expect(firstMethod({ authMethods: [signIn, account, key] }, options(true))?.id).toBe('oauth2');
});
