/** Small things remembered in this browser. Storage may be refused: then nothing is remembered. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`patchbay.${key}`);
    else localStorage.setItem(`patchbay.${key}`, value);
  } catch {
    // Private mode or a full disk; the page works without.
  }
}

/** What {@link remember} kept, or null. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`patchbay.${key}`);
  } catch {
    return null;
  }
}
