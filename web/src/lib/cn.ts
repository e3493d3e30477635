import { clsx, type ClassValue } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

const merge = extendTailwindMerge({
  // Rows of a list repeat the same joins; each is worked out once.
  cacheSize: 2_000,
  extend: { classGroups: { shadow: [{ shadow: ['low', 'high'] }] } },
});

/** Class names joined; of two utilities for the same property the later one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
