import { onlyExpression, parts, pathOf, quote, unquote, wrap } from './template';

/** How the two sides of a comparison relate. */
export type Operator =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'contains'
  | 'not_contains'
  | 'starts'
  | 'ends'
  | 'empty'
  | 'not_empty'
  | 'exists'
  | 'missing';

export const OPERATORS: readonly { value: Operator; label: string; unary?: boolean }[] = [
  { value: 'eq', label: 'equals' },
  { value: 'ne', label: 'does not equal' },
  { value: 'gt', label: 'is greater than' },
  { value: 'ge', label: 'is at least' },
  { value: 'lt', label: 'is less than' },
  { value: 'le', label: 'is at most' },
  { value: 'contains', label: 'contains' },
  { value: 'not_contains', label: 'does not contain' },
  { value: 'starts', label: 'starts with' },
  { value: 'ends', label: 'ends with' },
  { value: 'not_empty', label: 'is not empty', unary: true },
  { value: 'empty', label: 'is empty', unary: true },
  { value: 'exists', label: 'exists', unary: true },
  { value: 'missing', label: 'does not exist', unary: true },
];

/** One comparison; the sides are texts that may hold expressions. */
export interface Comparison {
  left: string;
  operator: Operator;
  right: string;
}

/** All comparisons, or any of them, must hold. */
export interface Condition {
  join: 'and' | 'or';
  rows: Comparison[];
}

export function isUnary(operator: Operator): boolean {
  return OPERATORS.some((each) => each.value === operator && each.unary);
}

const LITERAL = /^(-?\d+(\.\d+)?|true|false)$/;

/** A side's text as an expression: a lone pill as it is, numbers and true/false bare, other text quoted. */
function sideSource(text: string): string {
  const only = onlyExpression(text);
  if (only !== null) return only;
  if (LITERAL.test(text.trim())) return text.trim();
  const list = parts(text);
  if (!list.some((part) => part.kind === 'expression')) return quote(text);
  return `(${list.map((part) => (part.kind === 'text' ? quote(part.text) : `(${part.source})`)).join(' ~ ')})`;
}

function rowSource({ left, operator, right }: Comparison): string {
  const a = sideSource(left);
  const b = sideSource(right);
  switch (operator) {
    case 'eq':
      return `${a} == ${b}`;
    case 'ne':
      return `${a} != ${b}`;
    case 'gt':
      return `${a} > ${b}`;
    case 'ge':
      return `${a} >= ${b}`;
    case 'lt':
      return `${a} < ${b}`;
    case 'le':
      return `${a} <= ${b}`;
    case 'contains':
      return `${b} in ${a}`;
    case 'not_contains':
      return `${b} not in ${a}`;
    case 'starts':
      return `${a} is startingwith(${b})`;
    case 'ends':
      return `${a} is endingwith(${b})`;
    case 'empty':
      return `not ${a}`;
    case 'not_empty':
      return `${a} | default("") != ""`;
    case 'exists':
      return `${a} is defined`;
    case 'missing':
      return `${a} is not defined`;
  }
}

/** The expression a condition stands for. */
export function conditionText({ join, rows }: Condition): string {
  const filled = rows.filter((row) => row.left.trim() !== '');
  return filled.length === 0 ? '' : wrap(filled.map(rowSource).join(` ${join} `));
}

/** Splits at a word or sign that stands outside quotes and brackets. */
function splitOutside(text: string, separator: string): string[] {
  const out: string[] = [];
  let quoted: string | null = null;
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === quoted) quoted = null;
    } else if (char === '"' || char === "'") quoted = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (depth === 0 && text.startsWith(separator, at)) {
      out.push(text.slice(from, at));
      at += separator.length - 1;
      from = at + 1;
    }
  }
  out.push(text.slice(from));
  return out;
}

/** An expression as a side's text; null when the simple editor has no form for it. */
function sideText(source: string): string | null {
  const text = source.trim();
  if (LITERAL.test(text)) return text;
  if (/^"(?:[^"\\]|\\.)*"$/.test(text) || /^'(?:[^'\\]|\\.)*'$/.test(text)) {
    const plain = unquote(text);
    // Text that would read as a number or as true/false must keep its quotes.
    return LITERAL.test(plain.trim()) ? null : plain;
  }
  if (pathOf(text)) return wrap(text);
  if (/^\(.*\)$/s.test(text)) {
    const pieces = splitOutside(text.slice(1, -1), ' ~ ');
    if (pieces.length < 2) return null;
    const out = pieces.map((piece) =>
      /^"(?:[^"\\]|\\.)*"$/.test(piece) ? unquote(piece) : /^\(.*\)$/s.test(piece) ? wrap(piece.slice(1, -1)) : null,
    );
    return out.includes(null) ? null : out.join('');
  }
  // A path with filters, such as `trigger.body.name | lower`.
  const [base, ...filters] = splitOutside(text, '|');
  return filters.length > 0 && base !== undefined && pathOf(base) && !/ (and|or|in|is|not) /.test(text) ? wrap(text) : null;
}

function row(left: string, operator: Operator, right = ''): Comparison | null {
  const a = sideText(left);
  const b = isUnary(operator) ? '' : sideText(right);
  return a === null || b === null ? null : { left: a, operator, right: b };
}

function parseRow(source: string): Comparison | null {
  const text = source.trim();
  const full = /^(.*) \| default\(""\) != ""$/s.exec(text);
  if (full?.[1]) return row(full[1], 'not_empty');
  const test = /^(.*) is (startingwith|endingwith)\((.*)\)$/s.exec(text);
  if (test?.[1] && test[3] !== undefined) return row(test[1], test[2] === 'startingwith' ? 'starts' : 'ends', test[3]);
  const defined = /^(.*) is (not )?defined$/s.exec(text);
  if (defined?.[1]) return row(defined[1], defined[2] ? 'missing' : 'exists');
  for (const [sign, operator] of [
    [' == ', 'eq'],
    [' != ', 'ne'],
    [' >= ', 'ge'],
    [' <= ', 'le'],
    [' > ', 'gt'],
    [' < ', 'lt'],
  ] as const) {
    const [a, b, ...more] = splitOutside(text, sign);
    if (a !== undefined && b !== undefined && more.length === 0) return row(a, operator, b);
  }
  for (const [sign, operator] of [
    [' not in ', 'not_contains'],
    [' in ', 'contains'],
  ] as const) {
    const [b, a, ...more] = splitOutside(text, sign);
    if (a !== undefined && b !== undefined && more.length === 0) return row(a, operator, b);
  }
  if (text.startsWith('not ')) return row(text.slice(4), 'empty');
  return null;
}

/** A condition's text as rows; null when it says more than rows can (then it is edited as an expression). */
export function parseCondition(text: unknown): Condition | null {
  if (typeof text !== 'string') return null;
  if (text.trim() === '') return { join: 'and', rows: [{ left: '', operator: 'eq', right: '' }] };
  const source = onlyExpression(text);
  if (source === null) return null;
  const or = splitOutside(source, ' or ');
  const and = splitOutside(source, ' and ');
  if (or.length > 1 && and.length > 1) return null;
  const rows = (or.length > 1 ? or : and).map(parseRow);
  if (rows.some((each) => each === null)) return null;
  const condition: Condition = { join: or.length > 1 ? 'or' : 'and', rows: rows as Comparison[] };
  return conditionText(condition) === wrap(source) ? condition : null;
}

/** A condition in words for tiles and lanes: "n is greater than 10". Null when it is not simple. */
export function conditionWords(text: unknown, label: (source: string) => string): string | null {
  const condition = parseCondition(text);
  if (!condition || condition.rows.every((each) => each.left === '')) return null;
  const side = (value: string): string =>
    parts(value)
      .map((part) => (part.kind === 'text' ? part.text : label(part.source)))
      .join('');
  return condition.rows
    .map(({ left, operator, right }) => {
      const word = OPERATORS.find((each) => each.value === operator)?.label ?? operator;
      return isUnary(operator) ? `${side(left)} ${word}` : `${side(left)} ${word} ${side(right) || '“”'}`;
    })
    .join(condition.join === 'and' ? ' and ' : ' or ');
}
