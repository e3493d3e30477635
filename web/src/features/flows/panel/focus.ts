/** Moving focus into the step panel, once it is there and a dialog that is closing has given focus back. */

function onceThere(then: () => void): void {
  let tries = 0;
  const attempt = (): void => {
    tries += 1;
    // The dialog is still there while it fades; it would take focus back.
    const open = document.querySelector('[role="dialog"][data-state="open"]:not([data-step-sheet])');
    if ((open || !panel()) && tries < 20) window.setTimeout(attempt, 50);
    else then();
  };
  window.setTimeout(attempt, 80);
}

const panel = (): HTMLElement | null => document.querySelector<HTMLElement>('[data-step-settings]');

function fields(): HTMLElement[] {
  return [...(panel()?.querySelectorAll<HTMLElement>('[data-field], input:not([type=radio]):not([aria-label="Step name"]), textarea, button[role=combobox]') ?? [])];
}

const isConnection = (field: HTMLElement): boolean => field.hasAttribute('data-connection');

/** To the first empty field after the Connection; to the Connection itself if that is asked for or nothing is empty. */
export function focusNextEmpty(connection = false): void {
  onceThere(() => {
    const all = fields();
    const own = all.find(isConnection);
    const empty = all.find((field) => !isConnection(field) && field.dataset['empty'] === 'true');
    (connection ? (own ?? empty) : (empty ?? own))?.focus();
  });
}

/** To the first field that is empty, the Connection among them; to the Connection if none is. */
export function focusFirstEmpty(): void {
  onceThere(() => {
    const all = fields();
    (all.find((field) => field.dataset['empty'] === 'true') ?? all.find(isConnection))?.focus();
  });
}

/** To the first field of the step. */
export function focusFirstField(): void {
  onceThere(() => fields()[0]?.focus());
}
