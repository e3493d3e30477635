import { extendTailwindMerge } from 'tailwind-merge';
import { expect, it } from 'vitest';
import { cn } from './cn';

const reference = extendTailwindMerge({ extend: { classGroups: { shadow: [{ shadow: ['low', 'high'] }] } } });

/** Every word of every string of the dashboard's code: all its classes, and harmless others. */
function words(): string[] {
  const files: Record<string, string> = import.meta.glob(['../**/*.{ts,tsx}', '!../**/*.test.ts', '!../api/schema.d.ts', '!./cn.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const found = new Set<string>();
  for (const code of Object.values(files)) {
    for (const [, text] of code.matchAll(/['"`]([^'"`\n]*)['"`]/g)) {
      for (const word of (text ?? '').split(/\s+/)) if (/^-?[a-z@[][\w\-:./[\]()%,!&>~+*=^@#|]*$/.test(word)) found.add(word);
    }
  }
  return [...found];
}

/** Of classes that differ only in a number, two: they speak for all. */
function samples(names: readonly string[]): string[] {
  const alike = new Map<string, number>();
  return names.filter((name) => {
    const form = name.replace(/\d+(?:\.\d+)?/g, '0');
    const seen = alike.get(form) ?? 0;
    alike.set(form, seen + 1);
    return seen < 2;
  });
}

/** `md:hover:` of `md:hover:px-2`. Under different conditions no class yields to another. */
const condition = (name: string): string => name.slice(0, name.lastIndexOf(':') + 1);

it('decides between any two classes in use as tailwind-merge does', () => {
  const all = samples(words());
  // A class that tailwind-merge knows yields to itself.
  const classes = all.filter((word) => reference(`${word} ${word}`) === word);
  expect(classes.length).toBeGreaterThan(200);
  const wrong: string[] = [];
  for (const one of classes) {
    for (const other of classes) {
      const pair = `${one} ${other}`;
      if (one === other || condition(one) !== condition(other)) continue;
      if (cn(pair) !== reference(pair)) wrong.push(`${pair} → ${reference(pair)}`);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

it('keeps a class under another condition', () => {
  expect(cn('px-3', 'md:px-4', 'px-2')).toBe('md:px-4 px-2');
  expect(cn('[&_svg]:size-4', 'h-4', '[&_svg]:size-3 size-5')).toBe('[&_svg]:size-3 size-5');
  expect(cn('p-2', false, undefined, 'text-sm text-fg2', 'text-base')).toBe('p-2 text-fg2 text-base');
});
