/** "1 flow", "4 flows". */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;
}

/** "AN" of "Ana Novak". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : (words[0]?.[1] ?? '');
  return (first + last).toUpperCase();
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
