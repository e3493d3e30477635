import { clsx, type ClassValue } from 'clsx';

/** What a utility sets, and with a space what else it overrides. The first form that fits counts; `&` is its beginning. */
const FORMS: readonly (readonly [form: RegExp, sets: string])[] = [
  [/^(?:block|flex|grid|contents|hidden|inline(?:-block|-flex|-grid)?)$/, 'display'],
  [/^(?:absolute|relative|fixed|sticky|static)$/, 'position'],
  [/^(?:in)?visible$/, 'visibility'],
  [/^flex-(?:1|auto|none)$/, 'flex shrink grow basis'],
  [/^flex-(?:row|col)$/, 'flex-direction'],
  [/^flex-(?:no)?wrap$/, 'flex-wrap'],
  [/^shrink(?:-0)?$/, 'shrink'],
  [/^grow(?:-0)?$/, 'grow'],
  [/^text-(?:left|center|right)$/, 'text-align'],
  [/^text-(?:xs|sm|base|lg|xl|\[[\d.]+px\])$/, 'font-size leading'],
  [/^text-/, 'color'],
  [/^font-(?:sans|mono)$/, 'font-family'],
  [/^font-/, 'font-weight'],
  [/^break-(?:words|all)$/, 'break'],
  [/^border-(?:solid|dashed)$/, 'border-style'],
  [/^border-(?:separate|collapse|spacing-.*)$/, ''],
  [/^border-[trbl](?:-\d)?$/, '&'],
  [/^border-[trbl]-/, '&color'],
  [/^border(?:-\d)?$/, 'border border-t border-r border-b border-l'],
  [/^border-/, 'border-color border-t-color border-r-color border-b-color border-l-color'],
  [/^ring-inset$/, ''],
  [/^ring(?:-\d)?$/, 'ring'],
  [/^ring-/, 'ring-color'],
  [/^shadow/, 'shadow'],
  [/^rounded-[tb]-/, '&'],
  [/^rounded/, 'rounded rounded-t rounded-b'],
  [/^(?:justify-items|basis)-/, '&'],
  [/^outline-offset-|^underline-offset-/, '&'],
  [/^size-/, 'size w h'],
  [/^p-/, 'p px py pt pr pb pl'],
  [/^px-/, 'px pr pl'],
  [/^py-/, 'py pt pb'],
  [/^m-/, 'm mx my mt mr mb ml'],
  [/^mx-/, 'mx mr ml'],
  [/^my-/, 'my mt mb'],
  [/^inset-x-/, 'inset-x right left'],
  [/^inset-y-/, 'inset-y top bottom'],
  [/^inset-/, 'inset inset-x inset-y top right bottom left'],
  [/^gap-[xy]-/, '&'],
  [/^gap-/, 'gap gap-x gap-y'],
  [/^line-clamp-/, 'line-clamp display overflow'],
  [/^overflow-[xy]-/, '&'],
  [/^overflow-/, 'overflow overflow-x overflow-y'],
  [/^(?:translate-[xy]|(?:min|max)-[wh]|grid-cols|pointer-events|[pm][trbl]|[whz]|top|right|bottom|left|bg|leading|items|self|justify|whitespace|select|cursor|transition|animate|rotate|opacity|align)-/, '&'],
];

const NOTHING: readonly string[] = [];
const known = new Map<string, readonly string[]>();

/** What a class sets, first its own family: `['md: px', 'md: pr', 'md: pl']`. Empty for one that never yields. */
function setBy(name: string): readonly string[] {
  const before = known.get(name);
  if (before) return before;
  const at = name.lastIndexOf(':', name.search(/[[(](?!.*[\])]:)/) >>> 0);
  const utility = name.slice(at + 1).replace(/^-|!$/g, '');
  const condition = `${name.slice(0, at + 1)}${name.endsWith('!') ? '!' : ''} `;
  let sets = NOTHING;
  for (const [form, words] of FORMS) {
    const match = form.exec(utility);
    if (!match) continue;
    if (words) sets = words.replace('&', match[0].replace(/-?\d?$/, words === '&color' ? '-' : '')).split(' ').map((word) => condition + word);
    break;
  }
  known.set(name, sets);
  return sets;
}

const merged = new Map<string, string>();

/**
 * Class names joined; of two utilities for the same property the later one wins. It knows the utilities in use here (its
 * test finds any other) and not all there are, as tailwind-merge does: that one took a tenth of a phone's first paint.
 */
export function cn(...classes: ClassValue[]): string {
  const text = clsx(classes);
  const before = merged.get(text);
  if (before !== undefined) return before;
  const over = new Set<string>();
  const kept: string[] = [];
  for (const name of text.split(/\s+/).reverse()) {
    const sets = setBy(name);
    if (sets[0] !== undefined && over.has(sets[0])) continue;
    for (const each of sets) over.add(each);
    kept.push(name);
  }
  const result = kept.reverse().join(' ');
  merged.set(text, result);
  return result;
}
