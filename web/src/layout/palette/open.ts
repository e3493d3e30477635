const listeners = new Set<() => void>();

/** Opens the command palette of the current page. */
export function openPalette(): void {
  listeners.forEach((listener) => listener());
}

/** For the palette itself: hear {@link openPalette}. Returns the way to stop. */
export function onOpenPalette(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
