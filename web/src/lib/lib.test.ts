import { describe, expect, it } from 'vitest';
import { ApiError, toApiError, withQuery } from '@/api/client';
import { safeNext } from '@/features/auth/next';
import { checkPassword } from '@/features/auth/password';
import { browserName } from '@/features/settings/browser';
import { actionWords, detailText } from '@/features/settings/AuditList';
import { roleCan } from './permissions';
import { categoryName, initials, plural, sentence, shortCount, shownRange, words } from './text';

describe('s5_roles', () => {
  it('shows viewers no button that would be refused', () => {
    expect((['connection.create', 'flow.edit', 'run.start', 'member.manage'] as const).map((action) => roleCan('viewer', action))).toEqual(
      [false, false, false, false],
    );
  });
  it('lets editors create and admins manage', () => {
    expect(roleCan('editor', 'connection.create')).toBe(true);
    expect(roleCan('editor', 'connection.manage_all')).toBe(false);
    expect(roleCan('admin', 'connection.manage_all')).toBe(true);
  });
});

describe('safeNext', () => {
  it.each([
    ['/p/proj_1/flows?q=a', '/p/proj_1/flows?q=a'],
    [undefined, '/'],
    ['https://evil.example/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/login?next=/login', '/'],
  ])('%s leads to %s', (next, to) => {
    expect(safeNext(next)).toBe(to);
  });
});

it('builds query strings without what is empty', () => {
  expect(withQuery('/x', { q: 'a b', app: undefined, status: null, owner: '', unused: true })).toBe('/x?q=a+b&unused=true');
  expect(withQuery('/x')).toBe('/x');
});

it('reads field messages out of a refusal and nothing else', () => {
  const error = new ApiError({ code: 'VALIDATION_FAILED', message: '', status: 422, details: { fields: { a: 'x', b: 1 } } });
  expect(error.fields).toEqual({ a: 'x' });
  expect(toApiError(new TypeError('boom')).code).toBe('UNEXPECTED');
});

it('words', () => {
  expect(plural(1, 'flow')).toBe('1 flow');
  expect(plural(1200, 'flow')).toBe('1,200 flows');
  expect(initials('Ana Novak')).toBe('AN');
  expect(initials('ana')).toBe('AN');
  expect(initials('👩🏽‍💻 Shop')).toBe('👩🏽‍💻S');
  expect(initials(' ')).toBe('?');
  expect(sentence('needs_attention')).toBe('Needs attention');
  expect(categoryName('crm')).toBe('CRM');
  expect(['ActiveCampaign', 'AssemblyAI', 'Google Calendar'].map(words)).toEqual([
    ['Active', 'Campaign'],
    ['Assembly', 'AI'],
    ['Google Calendar'],
  ]);
  expect(checkPassword('1234567')).not.toBeNull();
  expect(checkPassword('12345678')).toBeNull();
  expect(actionWords('connection.create')).toBe('connected');
  expect(actionWords('flow.publish')).toBe('published the flow');
  expect(actionWords('flow.fold_up')).toBe('fold up flow');
});

it('tells of an audit entry what its sentence does not', () => {
  expect(detailText({ forced: true, flows: 2 })).toBe('Flows: 2');
  expect(detailText({ account: 'ana@acme.com', previousAccount: 'ana@acme.com' })).toBe('Account: ana@acme.com');
  expect(detailText({ account: 'ana@acme.com', previousAccount: 'bob@acme.com' })).toBe('Account: ana@acme.com · Previous account: bob@acme.com');
});

it('names browsers', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';
  expect([chrome, 'curl/8.1', null].map(browserName)).toEqual(['Chrome on Linux', 'curl', 'Unknown browser']);
});

it('writes large counts short where there is no room', () => {
  expect([0, 999, 9_999, 10_000, 100_001, 1_234_567].map(shortCount)).toEqual(['0', '999', '9,999', '10k', '100k', '1.23m']);
});

it('says what a page of a list shows', () => {
  expect(shownRange(0, 1, { what: 'flow', more: false })).toBe('1 flow');
  expect(shownRange(0, 50, { what: 'flow', more: true })).toBe('1–50');
  expect(shownRange(50, 7, { what: 'flow', more: false })).toBe('51–57');
  expect(shownRange(25, 25, { what: 'connection', more: true, total: 100_001 })).toBe('26–50 of 100,001');
});
