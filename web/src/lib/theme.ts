import { useSyncExternalStore } from 'react';
import { recall, remember } from './store';

export type Theme = 'system' | 'light' | 'dark';

const listeners = new Set<() => void>();
const system = window.matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme {
  const value = recall('theme');
  return value === 'light' || value === 'dark' ? value : 'system';
}

function apply(): void {
  const theme = chosen();
  const dark = theme === 'dark' || (theme === 'system' && system.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  listeners.forEach((listener) => listener());
}

system.addEventListener('change', apply);

/** Chooses a theme for this browser and applies it at once. */
export function setTheme(theme: Theme): void {
  remember('theme', theme === 'system' ? null : theme);
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The chosen theme (`system` follows the machine). */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosen);
}
