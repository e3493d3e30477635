/** "1 flow", "4 flows". */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

/** What a page of a list shows: "3 flows" when that is all, "26–50", "26–50 of 100,001". `first` counts from 0. */
export function shownRange(first: number, count: number, all: { what: string; more: boolean; total?: number | undefined }): string {
  if (first === 0 && !all.more) return plural(count, all.what);
  const range = `${(first + 1).toLocaleString('en-GB')}–${(first + count).toLocaleString('en-GB')}`;
  return all.total === undefined ? range : `${range} of ${Math.max(all.total, first + count).toLocaleString('en-GB')}`;
}

// What Intl makes takes long to begin, and every page loads this file: made when it is wanted.
const COMPACT = { notation: 'compact', maximumSignificantDigits: 3 } as const;
let letters: Intl.Segmenter | undefined;

/** A count where room is short: "9,876" in full, from ten thousand on "12.3k". */
export function shortCount(count: number): string {
  return count < 10_000 ? count.toLocaleString('en-GB') : count.toLocaleString('en-GB', COMPACT).toLowerCase();
}

/** The first thing in `text` that people take for one letter, such as an emoji; empty for nothing. */
export function firstLetter(text: string | undefined): string {
  letters ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of letters.segment(text ?? '')) return segment;
  return '';
}

/** "AN" of "Ana Novak". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = firstLetter(words[0]);
  const last = words.length > 1 ? firstLetter(words.at(-1)) : firstLetter(words[0]?.slice(first.length));
  return (first + last).toUpperCase() || '?';
}

/** "Active", "Campaign" of "ActiveCampaign": where a name that is too long for its line may go on in the next. */
export function words(name: string): string[] {
  return name.replace(/([a-z])([A-Z])/g, '$1\n$2').split('\n');
}

/** "Needs attention" of "needs_attention", "Auth method" of "authMethod". */
export function sentence(word: string): string {
  const text = word.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[_.-]+/g, ' ').trim().toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const CATEGORIES: Record<string, string> = { ai: 'AI', cms: 'CMS', crm: 'CRM', erp: 'ERP', hr: 'HR', iot: 'IoT' };

/** A category of the catalog as a heading: "CRM", "Communication". */
export function categoryName(category: string): string {
  return CATEGORIES[category] ?? sentence(category);
}
