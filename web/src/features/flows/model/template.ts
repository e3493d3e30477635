/** Text with `{{ expressions }}`: taking it apart, and what a pill says for an expression. */

export type Part = { kind: 'text'; text: string } | { kind: 'expression'; source: string };

/** The length of an expression from just after `{{` to its `}}`; braces in strings and maps do not end it. */
function expressionLength(text: string, start: number): number | null {
  let quote: string | null = null;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (quote) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = null;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '{') depth += 1;
    else if (char === '}' && depth > 0) depth -= 1;
    else if (char === '}' && text[at + 1] === '}') return at - start;
  }
  return null;
}

/** Text and expressions in order. An expression that is not closed stays text. */
export function parts(text: string): Part[] {
  const out: Part[] = [];
  let at = 0;
  let from = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    const length = expressionLength(text, open + 2);
    if (length === null) break;
    if (open > from) out.push({ kind: 'text', text: text.slice(from, open) });
    out.push({ kind: 'expression', source: text.slice(open + 2, open + 2 + length).trim() });
    at = open + 2 + length + 2;
    from = at;
  }
  if (from < text.length) out.push({ kind: 'text', text: text.slice(from) });
  return out;
}

export function join(list: readonly Part[]): string {
  return list.map((part) => (part.kind === 'text' ? part.text : wrap(part.source))).join('');
}

export function wrap(source: string): string {
  return `{{ ${source.trim()} }}`;
}

/** The expression of a text that is nothing but one; such a text keeps its value's type. */
export function onlyExpression(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const list = parts(text.trim());
  const [first] = list;
  return list.length === 1 && first?.kind === 'expression' ? first.source : null;
}

export function hasExpression(text: string): boolean {
  return parts(text).some((part) => part.kind === 'expression');
}

export type Segment = string | number;

const NAME = /^[A-Za-z_]\w*/;

/** `steps.me.body.items[0]["full name"]` as its segments; null when it is more than a path. */
export function pathOf(source: string): Segment[] | null {
  let rest = source.trim();
  const first = NAME.exec(rest)?.[0];
  if (!first) return null;
  const out: Segment[] = [first];
  rest = rest.slice(first.length);
  while (rest) {
    const name = /^\.([A-Za-z_]\w*|\d+)/.exec(rest);
    const index = /^\[(\d+)\]/.exec(rest);
    const key = /^\[("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]/.exec(rest);
    if (name?.[1] !== undefined) {
      out.push(/^\d+$/.test(name[1]) ? Number(name[1]) : name[1]);
      rest = rest.slice(name[0].length);
    } else if (index?.[1] !== undefined) {
      out.push(Number(index[1]));
      rest = rest.slice(index[0].length);
    } else if (key?.[1] !== undefined) {
      out.push(unquote(key[1]));
      rest = rest.slice(key[0].length);
    } else return null;
  }
  return out;
}

/** Segments as an expression: names with dots, anything else in brackets. */
export function pathSource(segments: readonly Segment[]): string {
  return segments
    .map((segment, at) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (/^[A-Za-z_]\w*$/.test(segment)) return at === 0 ? segment : `.${segment}`;
      return `[${quote(segment)}]`;
    })
    .join('');
}

/** Text as a string literal of the expression language. */
export function quote(text: string): string {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;
}

/** What a string literal says. */
export function unquote(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r', t: '\t' })[char] ?? char);
}

/** What a pill says: "Get me · name" for `steps.me.body.name`. `names` gives steps' names by id. */
export function pillLabel(source: string, names: ReadonlyMap<string, string>): string {
  const base = source.split('|')[0]?.trim() ?? '';
  const path = pathOf(base);
  const filtered = base !== source.trim() ? ` | ${source.slice(source.indexOf('|') + 1).trim()}` : '';
  if (!path) return source;
  const [root, ...rest] = path;
  if (root === 'steps' && typeof rest[0] === 'string') {
    return label(names.get(rest[0]) ?? rest[0], rest.slice(1)) + filtered;
  }
  if (root === 'trigger') return label('Trigger', rest) + filtered;
  if (root === 'loop') return (rest.length === 1 && rest[0] === 'item' ? 'Item' : rest[0] === 'item' ? label('Item', rest.slice(1), false) : label('Loop', rest, false)) + filtered;
  if (root === 'vars') return label('Variable', rest, false) + filtered;
  return label(String(root).charAt(0).toUpperCase() + String(root).slice(1), rest, false) + filtered;
}

function label(owner: string, path: readonly Segment[], dropBody = true): string {
  const shown = dropBody && path.length > 1 && path[0] === 'body' ? path.slice(1) : path;
  const text = shown
    .map((segment, at) => (typeof segment === 'number' ? `[${segment}]` : at === 0 ? segment : `.${segment}`))
    .join('');
  return text ? `${owner} · ${text}` : owner;
}

/** The value at a path in sample data; undefined when there is none. */
export function valueAt(scope: unknown, path: readonly Segment[]): unknown {
  let value = scope;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

/** The text as it would come out with sample data; null when something in it is not a plain path or unknown. */
export function preview(text: string, scope: unknown): string | null {
  let out = '';
  for (const part of parts(text)) {
    if (part.kind === 'text') out += part.text;
    else {
      const path = pathOf(part.source);
      const value = path ? valueAt(scope, path) : undefined;
      if (value === undefined) return null;
      out += typeof value === 'string' ? value : JSON.stringify(value);
    }
  }
  return out;
}
