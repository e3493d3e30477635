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

  it('are named as undefined when they are anything else, so that the raw address does not show through', () => {
    const nothing = { q: undefined, status: undefined, app: undefined, connected: undefined };
    expect(read({ q: { a: 1 }, status: 'odd', app: 7, connected: 'yes', other: 'x' })).toStrictEqual(nothing);
    expect(read({ status: 'toString' }).status).toBeUndefined();
  });
});
