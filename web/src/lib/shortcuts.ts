import { useEffect } from 'react';
import { isDialogOpen } from './focus';
import { useEvent } from './hooks';

/** Whether keys typed there are text and not commands. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  );
}

/**
 * Runs `action` when `key` is pressed outside a text field and outside any dialog or menu.
 * `key` is one character, or `mod+k` for Ctrl-K and Cmd-K, which works everywhere.
 */
export function useShortcut(key: string, action: () => void, enabled = true): void {
  const run = useEvent(action);
  useEffect(() => {
    if (!enabled) return;
    const withMod = key.startsWith('mod+');
    const letter = withMod ? key.slice(4) : key;
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      if ((event.ctrlKey || event.metaKey) !== withMod) return;
      if (event.key.toLowerCase() !== letter) return;
      if (!withMod && (isTyping(event.target) || isDialogOpen() || document.querySelector('[role="menu"]')))
        return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [key, enabled, run]);
}
