import type { Trigger } from './document';

/** "every minute", "every 15 minutes", "every 2 hours" of a number of seconds. */
export function everyWords(seconds: number): string {
  const said = (count: number, unit: string): string => (count === 1 ? `every ${unit}` : `every ${count} ${unit}s`);
  if (seconds < 60) return said(seconds, 'second');
  return seconds < 5400 ? said(Math.round(seconds / 60), 'minute') : said(Math.round(seconds / 3600), 'hour');
}

type AppTrigger = Extract<Trigger, { kind: 'app' }>;

/** What a sample was asked for; another app, event, connection or input makes it useless. */
export function sampleSignature(trigger: Trigger): string | null {
  if (trigger.kind !== 'app' || trigger.app === '' || trigger.trigger === '') return null;
  const { app, trigger: event, connection, input }: AppTrigger = trigger;
  return JSON.stringify([app, event, connection?.$connection ?? null, input ?? null]);
}

/** One line that tells items apart: the first texts in it that a person would recognise. */
export function itemLine(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const LIKELY = ['name', 'title', 'subject', 'email', 'text', 'summary', 'id', 'key'];
  const texts = Object.entries(item)
    .filter((entry): entry is [string, string | number] => (typeof entry[1] === 'string' && entry[1].trim() !== '') || typeof entry[1] === 'number')
    .sort(([a], [b]) => rank(a, LIKELY) - rank(b, LIKELY))
    .slice(0, 2)
    .map(([, value]) => String(value));
  return texts.join(' · ') || 'An item without text';
}

function rank(name: string, likely: readonly string[]): number {
  const at = likely.indexOf(name.toLowerCase());
  return at < 0 ? likely.length : at;
}
