declare global {
  interface Window {
    /** The answers to what `boot.js` asked before this code was there, by address; null for a failure and for nobody signed in. */
    patchbayEarly?: Partial<Record<string, Promise<string | null>>>;
  }
}

/** How old an answer may be, in milliseconds since the page began to load. Later it is asked for anew. */
const FRESH_MS = 15_000;

/** The answer, as text, to a question that the page asked before its code was there; once. Null when there is none to be used. */
export async function earlyAnswer(url: string): Promise<string | null> {
  const asked = typeof window === 'undefined' ? undefined : window.patchbayEarly?.[url];
  if (!asked) return null;
  delete window.patchbayEarly?.[url];
  return performance.now() < FRESH_MS ? asked : null;
}
