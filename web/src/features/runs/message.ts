import type { FlowDocument } from '@/features/flows/model/document';
import { stepNames } from '@/features/flows/model/steps';
import { pillLabel } from '@/features/flows/model/template';
import { sentence } from '@/lib/text';

/** The name of the field an error begins with: `input.to` is "To", `items` what the loop's form calls it. */
function fieldName(path: string): string {
  if (path === 'items') return 'List to go through';
  if (path === 'when') return 'Condition';
  const branch = /^branches\[(\d+)\]\.when$/.exec(path);
  if (branch) return `Condition of case ${Number(branch[1]) + 1}`;
  const last = path.split('.').at(-1) ?? path;
  return sentence(last.replace(/\[\d+\]/g, ''));
}

/**
 * A step's or run's error in the words the builder uses: the field by its label, data by the name on its pill. What
 * is not written like an expression error stays as it is.
 */
export function plainMessage(message: string, document?: FlowDocument): string {
  const names = document ? stepNames(document) : new Map<string, string>();
  return message
    .replace(/^(items|when|branches\[\d+\]\.when|input(?:\.[\w-]+|\[\d+\])+): (?=\S)/, (_, path: string) => `${fieldName(path)}: `)
    .replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, source: string) => `“${pillLabel(source, names)}”`);
}
