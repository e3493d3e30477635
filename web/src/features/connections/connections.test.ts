import { describe, expect, it } from 'vitest';
import type { UsageFlow } from '@/api/types';
import { connectionListSearch } from './search';
import { healthSentence, shortReason, whatHappened } from './reasons';
import { identityLine, isBroken, statusView } from './status';
import { mergePreview, mergeVersions } from './usage';

const NOW = Date.parse('2026-11-23T10:00:00Z');

describe('m1_connection_status', () => {
  it('words every status', () => {
    const words = (['ACTIVE', 'EXPIRED', 'ERROR', 'REVOKED'] as const).map((status) => statusView({ status }, NOW).word);
    expect(words).toEqual(['Active', 'Expired', 'Error', 'Revoked']);
  });

  it('forecasts the end of a sign-in that still works', () => {
    const view = statusView({ status: 'ACTIVE', expiringSoon: true, expiresAt: '2026-11-29T10:00:00Z' }, NOW);
    expect(view).toEqual({ kind: 'expiring', tone: 'warn', word: 'Expires in 6 d' });
  });

  it('says why in a few words that name the app', () => {
    const connection = { appName: 'Slack', statusReason: 'refresh_rejected', statusReasonText: null };
    expect(shortReason(connection)).toBe('signed out by Slack');
    expect(whatHappened({ ...connection, status: 'EXPIRED' })).toBe('was signed out by Slack');
    expect(healthSentence({ ...connection, status: 'EXPIRED', expiringSoon: false, refreshable: true })).toBe(
      'Slack signed this account out. Reconnect to sign in again.',
    );
    const others = { can: { manage: false, use: true }, owner: { id: 'user_1', name: 'Ana' } };
    expect(healthSentence({ ...connection, ...others, status: 'EXPIRED', expiringSoon: false, refreshable: true })).toBe(
      'Slack signed this account out. Ask Ana to reconnect it.',
    );
    expect(shortReason({ ...connection, statusReason: null })).toBeNull();
    expect(shortReason({ ...connection, statusReason: 'new_code', statusReasonText: 'Words.' })).toBe('Words.');
  });

  it('counts everything but Active as broken', () => {
    expect([{ status: 'ACTIVE' as const }, { status: 'REVOKED' as const }].map(isBroken)).toEqual([false, true]);
  });

  it('shows account and key ending, and of a key nothing more', () => {
    expect(identityLine({ account: { id: '1', label: 'ops@acme.com' }, hint: '4xT9' })).toBe('ops@acme.com · key ends 4xT9');
    expect(identityLine({ account: { id: null, label: null }, hint: null })).toBe('');
  });
});

describe('connectionListSearch', () => {
  it('drops what an address cannot mean and keeps the rest', () => {
    expect(connectionListSearch({ view: 'nonsense', status: 'ACTIVE', q: 42 })).toEqual({
      view: undefined,
      status: 'ACTIVE',
      q: '42',
    });
  });
});

it('m3_usage lists a flow once though draft and published version both use it', () => {
  const flow = (version: UsageFlow['version'], ...steps: string[]): UsageFlow => ({
    id: 'flow_1',
    name: 'F',
    status: 'ACTIVE',
    version,
    lastRun: null,
    steps: steps.map((id) => ({ id, name: id, path: id })),
  });
  const merged = mergeVersions([flow('draft', 'a', 'b'), flow('published', 'a')]);
  expect(merged).toHaveLength(1);
  expect(merged[0]?.version).toBe('published');
  expect(merged[0]?.steps.map((step) => step.id)).toEqual(['a', 'b']);
});

it('previews a flow once when its draft and its published version both change', () => {
  const flow = (id: string, version: 'draft' | 'published', ...steps: string[]) => ({ id, name: `Flow ${id}`, version, steps });
  expect(mergePreview([flow('1', 'published', 'Ask'), flow('2', 'draft', 'Tell'), flow('1', 'draft', 'Ask', 'Tell')])).toEqual([
    { id: '1', name: 'Flow 1', versions: 'draft and published', steps: ['Ask', 'Tell'] },
    { id: '2', name: 'Flow 2', versions: 'draft', steps: ['Tell'] },
  ]);
});
