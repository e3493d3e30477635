/** Loads code that will be wanted soon once the page has nothing better to do. Returns the way to stop. */
export function preloadWhenIdle(load: () => Promise<unknown>): () => void {
  const begin = (): void => {
    // Offline or a new version deployed meanwhile: it is loaded when it is needed, and fails there visibly.
    load().catch(() => undefined);
  };
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(begin, 1500);
    return () => clearTimeout(timer);
  }
  const handle = window.requestIdleCallback(begin, { timeout: 3000 });
  return () => window.cancelIdleCallback(handle);
}
