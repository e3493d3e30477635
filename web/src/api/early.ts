declare global {
  interface Window {
    /** What `boot.js` asked before this code was there, by address; null when it failed or nobody is signed in. */
    patchbayEarly?: Partial<Record<string, Promise<Response | null>>>;
  }
}

/** How old an answer may be, in milliseconds since the page began to load. Later it is asked for anew. */
const FRESH_MS = 15_000;

/** The answer to a question that the page asked before its code was there, once; null when there is none to be used. */
export async function earlyAnswer(url: string): Promise<Response | null> {
  const asked = typeof window === 'undefined' ? undefined : window.patchbayEarly?.[url];
  if (!asked) return null;
  delete window.patchbayEarly?.[url];
  const response = performance.now() < FRESH_MS ? await asked : null;
  return response?.ok ? response : null;
}
