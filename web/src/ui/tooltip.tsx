import { computePosition, flip, offset, shift } from '@floating-ui/dom';
import { Slot } from 'radix-ui';
import {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type ComponentProps,
  type FocusEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { createPortal } from 'react-dom';

/** Milliseconds of rest before one opens; none while another was open just now. */
const OPEN_MS = 350;
const NEXT_MS = 200;
/** How long the pointer may be on its way from the anchor to the panel. */
const LEAVE_MS = 120;
/** Pixels between the anchor, the panel and the window's edge. */
const GAP = 5;
const EDGE = 8;

type Side = 'top' | 'bottom' | 'right' | 'left';

let closedAt = -NEXT_MS;

/**
 * Shows `content` beside an element on hover and on focus by keyboard; Escape takes it away, and the pointer may rest on
 * it. Until then it costs a few handlers: a list has hundreds. `wanted` may refuse at the last moment.
 */
export function useTooltip<E extends HTMLElement>(content: ReactNode, side: Side, wanted?: (anchor: E) => boolean) {
  const id = useId();
  const anchor = useRef<E>(null);
  const timer = useRef(0);
  const [at, setAt] = useState<E | null>(null);

  const show = useCallback(() => {
    if (anchor.current && (wanted?.(anchor.current) ?? true)) setAt(anchor.current);
  }, [wanted]);
  const hide = useCallback(() => {
    window.clearTimeout(timer.current);
    setAt((was) => {
      if (was) closedAt = performance.now();
      return null;
    });
  }, []);
  const later = (act: () => void, ms: number): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(act, ms);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);

  return {
    anchor: {
      ref: anchor,
      'aria-describedby': at ? id : undefined,
      onPointerEnter: (event: PointerEvent) => {
        if (event.pointerType !== 'touch') later(show, performance.now() - closedAt < NEXT_MS ? 0 : OPEN_MS);
      },
      onPointerLeave: () => later(hide, LEAVE_MS),
      onPointerDown: hide,
      onFocus: (event: FocusEvent) => {
        if (event.target.matches(':focus-visible')) show();
      },
      onBlur: hide,
    },
    panel: at && (
      <Panel id={id} anchor={at} side={side} onHide={hide} onStay={() => window.clearTimeout(timer.current)} onLeave={() => later(hide, LEAVE_MS)}>
        {content}
      </Panel>
    ),
  };
}

interface PanelProps {
  id: string;
  anchor: HTMLElement;
  side: Side;
  onHide: () => void;
  onStay: () => void;
  onLeave: () => void;
  children: ReactNode;
}

function Panel({ id, anchor, side, onHide, onStay, onLeave, children }: PanelProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const panel = box.current;
    if (!panel) return;
    const middleware = [offset(GAP), flip({ padding: EDGE }), shift({ padding: EDGE })];
    // Done before the browser paints.
    void computePosition(anchor, panel, { placement: side, strategy: 'fixed', middleware }).then(({ x, y }) => {
      panel.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    });
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      // Only this goes: the dialog it stands in stays.
      event.stopPropagation();
      onHide();
    };
    const onScroll = (event: Event): void => {
      if (event.target instanceof Node && event.target.contains(anchor)) onHide();
    };
    window.addEventListener('keydown', onKey, true);
    window.addEventListener('scroll', onScroll, true);
    return () => {
      window.removeEventListener('keydown', onKey, true);
      window.removeEventListener('scroll', onScroll, true);
    };
  }, [anchor, onHide]);
  return createPortal(
    <div ref={box} className="pointer-events-auto fixed top-0 left-0 z-70" onPointerEnter={onStay} onPointerLeave={onLeave}>
      <div
        id={id}
        role="tooltip"
        className="max-w-[min(360px,calc(100vw-16px))] animate-fade rounded-sm bg-fg px-2 py-1 text-xs break-words text-bg shadow-high select-none"
      >
        {children}
      </div>
    </div>,
    document.body,
  );
}

/** A short explanation shown on hover and on focus of its one child. */
export function Tooltip({ content, children, side = 'top' }: { content: ReactNode; children: ReactNode; side?: Side }) {
  const tooltip = useTooltip<HTMLElement>(content, side);
  return (
    <>
      <Slot.Root {...(tooltip.anchor as ComponentProps<typeof Slot.Root>)}>{children}</Slot.Root>
      {tooltip.panel}
    </>
  );
}
