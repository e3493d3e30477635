import { clsx, type ClassValue } from 'clsx';

/**
 * What a utility sets, by its name; the first row that fits counts. A name that fits none is kept always. The rows know the
 * utilities that this code uses and nothing more: tailwind-merge, which knows all, takes a twelfth of the script time of a
 * page to begin. `cn.test.ts` holds the rows to it, so that a utility that is new here and missing there is noticed.
 */
const ROWS: readonly (readonly [name: RegExp, sets: string])[] = [
  [/^(block|contents|flex|grid|hidden|inline|inline-(block|flex|grid)|table)$/, 'display'],
  [/^(absolute|fixed|relative|static|sticky)$/, 'position'],
  [/^(in)?visible$/, 'visibility'],
  [/^(no-)?underline$/, 'underline'],
  [/^p(-|$)/, 'pt pr pb pl'],
  [/^px-/, 'pl pr'],
  [/^py-/, 'pt pb'],
  [/^m-/, 'mt mr mb ml'],
  [/^mx-/, 'ml mr'],
  [/^my-/, 'mt mb'],
  [/^size-/, 'w h'],
  [/^inset-x-/, 'left right'],
  [/^inset-y-/, 'top bottom'],
  [/^inset-/, 'top right bottom left'],
  [/^gap-(?![xy]-)/, 'gap-x gap-y'],
  [/^overflow-(?![xy]-)/, 'overflow-x overflow-y'],
  [/^line-clamp-/, 'line-clamp display overflow-x overflow-y'],
  [/^rounded-(tl|tr|br|bl)-/, 'rounded-$1'],
  [/^rounded-t-/, 'rounded-tl rounded-tr'],
  [/^rounded-b-/, 'rounded-bl rounded-br'],
  [/^rounded(-|$)/, 'rounded-tl rounded-tr rounded-br rounded-bl'],
  [/^flex-(row|col)/, 'flex-direction'],
  [/^flex-(no)?wrap/, 'flex-wrap'],
  [/^flex-/, 'flex basis grow shrink'],
  [/^text-(left|center|right)$/, 'text-align'],
  [/^text-(xs|sm|base|lg|\[\d.*)$/, 'font-size leading'],
  [/^font-(mono|sans)$/, 'font-family'],
  [/^border(-\d)?$/, 'border-t-width border-r-width border-b-width border-l-width'],
  [/^border-([trbl])(-\d)?$/, 'border-$1-width'],
  [/^border-(dashed|solid)$/, 'border-style'],
  [/^border-(separate|collapse)$/, 'border-collapse'],
  [/^border-spacing-/, 'border-spacing'],
  [/^border-([trbl])-/, 'border-$1-color'],
  [/^border-/, 'border-t-color border-r-color border-b-color border-l-color'],
  [/^divide-[xy]$/, 'divide-width'],
  [/^ring(-\d)?$/, 'ring-width'],
  [/^ring-inset$/, 'ring-inset'],
  [/^outline-none$/, 'outline-style'],
  [/^outline-\d$/, 'outline-width'],
  [/^stroke-\d$/, 'stroke-width'],
  [/^break-/, 'break'],
  [
    /^(p[trbl]|m[trbl]|[wh]|(?:min|max)-[wh]|top|right|bottom|left|gap-[xy]|overflow-[xy]|z|order|basis|grow|shrink|items|self|justify-items|justify|place-items|grid-cols|bg|text|font|leading|tracking|align|whitespace|wrap|divide|ring|shadow|outline-offset|outline|stroke|decoration|underline-offset|opacity|cursor|pointer-events|select|resize|transition|rotate|translate-[xy]|object|float|brightness|accent|animate|caret|content)(-|$)/,
    '$1',
  ],
];

/** What a class sets, each with its variants in front; empty if that is not known. */
function setsOf(name: string): readonly string[] {
  // A colon inside of brackets parts no variant from the rest.
  const variants = /^(?:(?:\[[^\]]*\]|\([^)]*\)|[^:[(])*:)*/.exec(name)?.[0] ?? '';
  const important = name.endsWith('!') ? '!' : '';
  const utility = name.slice(variants.length, name.length - important.length).replace(/^-/, '');
  for (const [row, sets] of ROWS) {
    const found = row.exec(utility);
    if (found) return sets.replaceAll('$1', found[1] ?? '').split(' ').map((each) => variants + each + important);
  }
  return [];
}

const known = new Map<string, readonly string[]>();
const merged = new Map<string, string>();

/** Class names joined; of two utilities for the same property the later one wins. */
export function cn(...classes: ClassValue[]): string {
  const joined = clsx(classes);
  // Rows of a list repeat the same joins; each is worked out once.
  let out = merged.get(joined);
  if (out === undefined) {
    const taken = new Set<string>();
    out = joined
      .split(/\s+/)
      .reverse()
      .filter((name) => {
        const sets = known.get(name) ?? setsOf(name);
        known.set(name, sets);
        if (sets.length > 0 && sets.every((each) => taken.has(each))) return false;
        for (const each of sets) taken.add(each);
        return true;
      })
      .reverse()
      .join(' ');
    if (merged.size > 2_000) merged.clear();
    merged.set(joined, out);
  }
  return out;
}
