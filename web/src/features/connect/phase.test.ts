import { describe, expect, it } from 'vitest';
import type { ConnectSession } from '@/api/types';
import { FINAL_STATES, isUnderWay, phaseOf } from './phase';

const session = (state: ConnectSession['state']): ConnectSession => ({
  id: 'sess_1',
  app: 'slack',
  state,
  expiresAt: '2026-11-23T10:00:00Z',
  connection: null,
  error: null,
  account: null,
  previousAccount: null,
});
const STATES = ['pending', 'exchanging', 'connected', 'declined', 'failed', 'expired', 'different_account', 'cancelled'] as const;

describe('c2_oauth_window_always_ends', () => {
  it('shows every state of the server as something', () => {
    expect(STATES.map((state) => phaseOf(session(state), false).kind)).toEqual([
      'waiting',
      'checking',
      'failed', // connected, but without a connection
      'declined',
      'failed',
      'timed_out',
      'different_account',
      'cancelled',
    ]);
  });

  it('says that the window was blocked while nobody has signed in', () => {
    expect(phaseOf(session('pending'), true).kind).toBe('blocked');
    expect(phaseOf(session('exchanging'), true).kind).toBe('checking');
  });

  it('waits for nothing after a final state', () => {
    expect(STATES.filter((state) => !FINAL_STATES.has(state))).toEqual(['pending', 'exchanging']);
  });

  it('cancels what is under way when the dialog is left', () => {
    expect(isUnderWay({ kind: 'waiting' })).toBe(true);
    expect(isUnderWay({ kind: 'different_account', account: null, previous: null })).toBe(true);
    expect(isUnderWay({ kind: 'declined', message: null })).toBe(false);
    expect(isUnderWay({ kind: 'idle' })).toBe(false);
  });
});
