import { use, type ComponentType, type ReactNode } from 'react';

export interface Later<P> {
  (props: P): ReactNode;
  /** Fetches the code ahead. A failure is kept to itself: it is fetched again, and fails visibly, when it is drawn. */
  preload: () => Promise<void>;
}

/**
 * A component whose code comes when it is drawn first. Unlike `lazy`, one that was fetched ahead is drawn at once: its
 * fallback does not flash in between.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
  let Part: ComponentType<P> | undefined;
  let coming: Promise<void> | undefined;
  const fetched = (): Promise<void> =>
    (coming ??= load().then((loaded) => {
      Part = loaded;
    }));
  function Shown(props: P): ReactNode {
    if (!Part) use(fetched());
    return Part && <Part {...props} />;
  }
  const preload = (): Promise<void> =>
    fetched().catch(() => {
      coming = undefined;
    });
  return Object.assign(Shown, { preload });
}
