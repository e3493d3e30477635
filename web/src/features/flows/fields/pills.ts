import { parts, pillLabel, wrap } from '../model/template';

/** Text with pills inside an editable element: drawing it, reading it back, and where the caret is in the text. */

const PILL = 'data-pill';

export function pillsIn(text: string): string[] {
  return parts(text).flatMap((part) => (part.kind === 'expression' ? [part.source] : []));
}

/** Draws `text` into `host`, expressions as pills that cannot be typed into. */
export function draw(host: HTMLElement, text: string, names: ReadonlyMap<string, string>): void {
  const nodes: Node[] = parts(text).map((part) => {
    if (part.kind === 'text') return document.createTextNode(part.text);
    const pill = document.createElement('span');
    pill.setAttribute(PILL, part.source);
    pill.contentEditable = 'false';
    pill.title = wrap(part.source);
    pill.textContent = pillLabel(part.source, names);
    pill.className =
      'mx-px inline-block max-w-full cursor-pointer truncate rounded-[5px] bg-accent-weak px-[7px] py-px align-[-3px] leading-[1.4] text-xs font-[550] text-accent hover:ring-1 hover:ring-accent data-[current]:ring-1 data-[current]:ring-accent';
    return pill;
  });
  // Without it a line break at the very end shows no new line, and a pill at the edge no caret.
  const last = nodes.at(-1);
  if (text.endsWith('\n') || last instanceof HTMLElement) {
    const tail = document.createElement('br');
    tail.dataset['tail'] = '';
    nodes.push(tail);
  }
  host.replaceChildren(...nodes);
}

function lengthOf(node: Node): number {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent?.length ?? 0;
  if (node instanceof HTMLElement) {
    const source = node.getAttribute(PILL);
    if (source !== null) return wrap(source).length;
    if (node.tagName === 'BR') return node.dataset['tail'] === undefined ? 1 : 0;
  }
  return [...node.childNodes].reduce((sum, child) => sum + lengthOf(child), 0);
}

/** The text that an editable element shows. */
export function read(host: Node): string {
  let out = '';
  const visit = (node: Node): void => {
    if (node.nodeType === Node.TEXT_NODE) out += node.textContent ?? '';
    else if (node instanceof HTMLElement) {
      const source = node.getAttribute(PILL);
      if (source !== null) out += wrap(source);
      else if (node.tagName === 'BR') out += node.dataset['tail'] === undefined ? '\n' : '';
      else {
        // Browsers without plain-text editing wrap new lines in blocks.
        if (node !== host && node.tagName === 'DIV' && out !== '' && !out.endsWith('\n')) out += '\n';
        node.childNodes.forEach(visit);
      }
    }
  };
  host.childNodes.forEach(visit);
  return out.replace(/\u00a0/g, ' ');
}

/** Offset in the text of a position in the element. */
export function offsetOf(host: HTMLElement, node: Node, at: number): number {
  const range = document.createRange();
  range.selectNodeContents(host);
  try {
    range.setEnd(node, at);
  } catch {
    return lengthOf(host);
  }
  return read(range.cloneContents()).length;
}

/** The selected stretch of the text; null when the selection is elsewhere. */
export function selectionIn(host: HTMLElement): { from: number; to: number } | null {
  const selection = window.getSelection();
  if (!selection || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!host.contains(range.startContainer) || !host.contains(range.endContainer)) return null;
  return { from: offsetOf(host, range.startContainer, range.startOffset), to: offsetOf(host, range.endContainer, range.endOffset) };
}

/** Puts the caret at an offset of the text; inside a pill means right after it. */
export function placeCaret(host: HTMLElement, offset: number): void {
  let rest = offset;
  const selection = window.getSelection();
  const range = document.createRange();
  const children = [...host.childNodes];
  for (let at = 0; at < children.length; at += 1) {
    const node = children[at] as Node;
    const length = lengthOf(node);
    if (node.nodeType === Node.TEXT_NODE && rest <= length) {
      range.setStart(node, rest);
      range.collapse(true);
      selection?.removeAllRanges();
      selection?.addRange(range);
      return;
    }
    if (node.nodeType !== Node.TEXT_NODE && (rest === 0 || rest < length)) {
      range.setStart(host, rest === 0 ? at : at + 1);
      range.collapse(true);
      selection?.removeAllRanges();
      selection?.addRange(range);
      return;
    }
    rest -= length;
  }
  range.selectNodeContents(host);
  const tail = host.lastChild;
  if (tail instanceof HTMLElement && tail.dataset['tail'] !== undefined) range.setEndBefore(tail);
  range.collapse(false);
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** The pill right before or right after the caret, as its position in the text; null when there is none. */
export function pillAt(text: string, caret: number): { from: number; to: number; source: string } | null {
  let at = 0;
  for (const part of parts(text)) {
    const length = part.kind === 'text' ? part.text.length : wrap(part.source).length;
    if (part.kind === 'expression' && caret >= at && caret <= at + length) return { from: at, to: at + length, source: part.source };
    at += length;
  }
  return null;
}
