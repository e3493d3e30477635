/** Moving focus into the step panel, once a dialog that is closing has given focus back. */

function afterDialogs(then: () => void): void {
  let tries = 0;
  const attempt = (): void => {
    tries += 1;
    // The dialog is still there while it fades; it would take focus back.
    const open = document.querySelector('[role="dialog"][data-state="open"]:not([data-step-sheet])');
    if (open && tries < 20) window.setTimeout(attempt, 50);
    else then();
  };
  window.setTimeout(attempt, 80);
}

function fields(): HTMLElement[] {
  const panel = document.querySelector<HTMLElement>('[data-step-settings]');
  return [...(panel?.querySelectorAll<HTMLElement>('[data-field], input:not([type=radio]):not([aria-label="Step name"]), textarea, button[role=combobox]') ?? [])];
}

const isConnection = (field: HTMLElement): boolean => field.hasAttribute('data-connection');

/** To the first empty field after the Connection; to the Connection itself if that is asked for or nothing is empty. */
export function focusNextEmpty(connection = false): void {
  afterDialogs(() => {
    const all = fields();
    const own = all.find(isConnection);
    const empty = all.find((field) => !isConnection(field) && field.dataset['empty'] === 'true');
    (connection ? (own ?? empty) : (empty ?? own))?.focus();
  });
}

/** To the first field that is empty, the Connection among them; to the Connection if none is. */
export function focusFirstEmpty(): void {
  afterDialogs(() => {
    const all = fields();
    (all.find((field) => field.dataset['empty'] === 'true') ?? all.find(isConnection))?.focus();
  });
}

/** To the first field of the step. */
export function focusFirstField(): void {
  afterDialogs(() => fields()[0]?.focus());
}
