import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

/** On narrow screens: a panel over the lower part of the page. Focus is trapped inside and goes back after. */
export function Sheet({ open, onClose, title, children }: { open: boolean; onClose: () => void; title: string; children: ReactNode }) {
  return (
    <Radix.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-shade" />
        <Radix.Content
          data-step-sheet=""
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // The sheet itself: focus in a field would bring up the keyboard of a telephone over what is to be read.
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          tabIndex={-1}
          className="fixed inset-x-0 bottom-0 z-50 flex h-[88dvh] animate-pop flex-col rounded-t-xl border-t bg-surface shadow-high outline-none"
        >
          <Radix.Title className="sr-only">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
