import { describe, expect, it } from 'vitest';
import { flag, oneOf, search, text, typed } from './search';

describe('search parameters', () => {
  const read = search({ q: typed, status: oneOf(['ACTIVE', 'EXPIRED']), app: text, connected: flag });

  it('are read as they should be', () => {
    const given = { q: 'x', status: 'EXPIRED', app: 'slack', connected: true };
    expect(read(given)).toEqual(given);
  });

  it('keep a search for a number as text', () => {
    expect(read({ q: 42 })).toEqual({ q: '42' });
    expect(read({ q: true })).toEqual({ q: 'true' });
  });

  it('are left out when they are anything else', () => {
    expect(read({ q: { a: 1 }, status: 'odd', app: 7, connected: 'yes', other: 'x' })).toEqual({});
    expect(read({ status: 'toString' })).toEqual({});
  });
});
