import { onlyExpression, parts, wrap } from './template';
import type { Json } from './document';

/**
 * JSON as people write it around data pills: an expression may stand without quotes where a value is
 * (`{"n": {{ trigger.body.n }}}`), and within a string its own quotes need no backslash. In the document such an
 * expression is a string, which keeps the value's type.
 */
export type JsonReading = { value: Json } | { error: string };

/** Reads such text. Empty text is null. */
export function readJson(text: string): JsonReading {
  if (text.trim() === '') return { value: null };
  let out = '';
  let inString = false;
  for (const part of parts(text)) {
    if (part.kind === 'expression') {
      const literal = JSON.stringify(wrap(part.source));
      out += inString ? literal.slice(1, -1) : literal;
      continue;
    }
    for (let at = 0; at < part.text.length; at += 1) {
      const char = part.text[at] as string;
      if (inString && char === '\\') {
        out += char + (part.text[at + 1] ?? '');
        at += 1;
        continue;
      }
      if (char === '"') inString = !inString;
      out += char;
    }
  }
  try {
    return { value: JSON.parse(out) as Json };
  } catch (cause) {
    return { error: where(text, cause instanceof Error ? cause.message : '') };
  }
}

function where(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  const line = /line (\d+)/.exec(message)?.[1] ?? (position ? String(text.slice(0, Number(position)).split('\n').length) : null);
  return line
    ? `This is not valid JSON yet; look at line ${line}.`
    : 'This is not valid JSON yet; check quotes, commas and brackets.';
}

/** A value as such text, lone expressions without quotes. */
export function writeJson(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return write(value, '');
}

function write(value: Json, indent: string): string {
  if (typeof value === 'string') {
    if (onlyExpression(value) !== null) return value.trim();
    const inner = parts(value)
      .map((part) => (part.kind === 'text' ? JSON.stringify(part.text).slice(1, -1) : wrap(part.source)))
      .join('');
    return `"${inner}"`;
  }
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => deeper + write(item, deeper)).join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return `{\n${entries.map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${write(item, deeper)}`).join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}
