import { isDialogOpen } from './focus';

const SIGNS = ['pointermove', 'pointerdown', 'keydown'] as const;

/**
 * Loads code that is wanted soon, from the first sign on that somebody uses the page: the first load stays small, and the
 * code is there before a hand has found its button. Returns the way to stop.
 */
export function preloadOnUse(load: () => Promise<unknown>): () => void {
  let timer = 0;
  const stop = (): void => {
    window.clearTimeout(timer);
    SIGNS.forEach((sign) => window.removeEventListener(sign, begin));
  };
  const begin = (): void => {
    window.clearTimeout(timer);
    // Once the sign is answered: if it opens a dialog, that comes first, and nothing behind it is wanted meanwhile.
    timer = window.setTimeout(() => {
      if (isDialogOpen()) return;
      stop();
      // Offline or a new version deployed meanwhile: it is loaded when it is needed, and fails there visibly.
      load().catch(() => undefined);
    });
  };
  SIGNS.forEach((sign) => window.addEventListener(sign, begin, { passive: true }));
  return stop;
}
