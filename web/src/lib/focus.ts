/** Whether a dialog stands, or its code is on its way. */
export function isDialogOpen(): boolean {
  return document.querySelector('[role=dialog],[role=alertdialog],[data-opening]') !== null;
}

const OVERLAYS = '[role=dialog],[role=alertdialog],[role=menu],[role=listbox]';

let outside: HTMLElement | null = null;
const inside = new WeakMap<Element, HTMLElement>();

document.addEventListener('focusin', (event) => {
  if (!(event.target instanceof HTMLElement)) return;
  const overlay = event.target.closest(OVERLAYS);
  if (overlay) inside.set(overlay, event.target);
  else outside = event.target;
});

/**
 * For `onCloseAutoFocus`: gives focus back when a dialog closes. Dialogs here are opened by state and have no
 * trigger of their own, so it goes to what last had it: in the dialog underneath, else on the page; when that is
 * gone (a row that was deleted), to the page's heading.
 */
export function returnFocus(event: Event): void {
  event.preventDefault();
  const beneath = [...document.querySelectorAll('[role=dialog],[role=alertdialog]')].at(-1);
  const places = beneath ? [inside.get(beneath)] : [outside, document.querySelector<HTMLElement>('h1')];
  places.find((place) => place?.isConnected)?.focus({ preventScroll: true });
}

/**
 * Called before a row (`data-row`), of a list or of buttons, goes without a dialog: focus in it, or in what it opened, goes
 * to the menu of the next row, else of the one before, else to the page's heading.
 */
export function leaveRow(id: string): void {
  const row = document.querySelector(`[data-row="${id}"]`);
  const overlay = document.activeElement?.closest(OVERLAYS);
  const focused = overlay ? document.querySelector(`[aria-controls="${overlay.id}"]`) : document.activeElement;
  if (!row?.contains(focused)) return;
  const places = [row.nextElementSibling, row.previousElementSibling].map((each) => each?.querySelector<HTMLElement>('[aria-haspopup=menu]'));
  (places.find(Boolean) ?? document.querySelector('h1'))?.focus();
}
