import { Scanner } from '@tailwindcss/oxide';
import { extendTailwindMerge } from 'tailwind-merge';
import { describe, expect, it } from 'vitest';
import { cn } from './cn';

const merge = extendTailwindMerge({ extend: { classGroups: { shadow: [{ shadow: ['low', 'high'] }] } } });

describe('cn', () => {
  it('agrees with the whole tailwind-merge on every two utilities of the code', () => {
    const base = new URL('..', import.meta.url).pathname;
    const sources = [
      { base, pattern: '**/*.{ts,tsx}', negated: false },
      { base, pattern: 'lib/cn*.ts', negated: true },
    ];
    // tailwind-merge drops the first of two equal ones if it knows them.
    const names = new Scanner({ sources }).scan().filter((name) => !/\s/.test(name) && merge(`${name} ${name}`) === name);
    const wrong = names.flatMap((a) => names.filter((b) => a !== b && cn(a, b) !== merge(a, b)).map((b) => `${a} ${b}`));
    expect(names.length).toBeGreaterThan(500);
    expect(wrong).toEqual([]);
  }, 60_000);

  it('tells variants, brackets and importance apart', () => {
    for (const classes of [
      'p-2 md:p-3',
      'md:p-2 p-3 md:p-4',
      'hover:bg-bad bg-bad focus:bg-bg',
      '[&_svg]:size-4 [&_svg]:size-5 size-3',
      "before:content-[':'] before:content-['']",
      'data-[state=open]:bg-bg data-[state=open]:bg-fg',
      'p-2! p-3',
      'max-h-(--a) max-h-2',
      'unknown p-1 unknown p-2',
      'px-2 p-3 pl-4',
      '-mt-1 mt-2',
    ]) {
      expect(cn(classes)).toBe(merge(classes));
    }
    expect(cn('a', false, ['b', null])).toBe('a b');
    expect(cn()).toBe('');
  });
});
