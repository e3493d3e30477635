import type { JsonSchema } from '@/api/types';
import type { Json } from '../model/document';
import { sentence } from '@/lib/text';

/** A value as the text of a field. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The text of a number field as a number, where it is one; expressions stay text. */
export function toNumber(text: string, integer: boolean): Json {
  const trimmed = text.trim();
  const good = integer ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/;
  return good.test(trimmed) && Number.isSafeInteger(Math.trunc(Number(trimmed))) ? Number(trimmed) : text;
}

export function typeOf(schema: JsonSchema): string {
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== 'null') : schema.type;
  if (type) return type;
  if (schema.properties) return 'object';
  if (schema.items) return 'array';
  return 'string';
}

export function titleOf(name: string, schema: JsonSchema): string {
  return schema.title ?? sentence(name);
}
