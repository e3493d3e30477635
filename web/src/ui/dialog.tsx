import { ArrowLeft, X } from 'lucide-react';
import { AlertDialog as RadixAlert, Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { returnFocus } from '@/lib/focus';
import { Button, IconButton, type ButtonVariant } from './button';
import { Spinner } from './spinner';

const shade = 'fixed inset-0 z-40 grid animate-fade grid-cols-[minmax(0,1fr)] items-start justify-items-center overflow-y-auto bg-shade px-3 pt-[8dvh] pb-6 max-md:pt-3';
const box =
  'relative flex w-full animate-pop flex-col rounded-xl border bg-surface shadow-high outline-none';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Shown in the title's place; `title` stays the accessible name. */
  heading?: ReactNode;
  description?: ReactNode;
  /** Shows a back arrow before the title. */
  onBack?: (() => void) | undefined;
  size?: 'sm' | 'md' | 'lg';
  children: ReactNode;
  footer?: ReactNode;
  /** Return the element that shall have focus first. */
  initialFocus?: () => HTMLElement | null;
  /** A click outside does not close: something typed would be lost. */
  keepOpen?: boolean;
  /** Called when the dialog is gone and focus is back where it came from. */
  onClosed?: () => void;
}

const FIELDS = 'input:not(:disabled), textarea:not(:disabled), [role=combobox]:not(:disabled), [data-start]';

const widths = { sm: 'max-w-[440px]', md: 'max-w-[560px]', lg: 'max-w-[720px]' };

/** A modal dialog: focus is trapped inside and goes back to where it came from. */
export function Dialog({
  open,
  onOpenChange,
  title,
  heading,
  description,
  onBack,
  size = 'md',
  children,
  footer,
  initialFocus,
  keepOpen = false,
  onClosed,
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={shade}>
          <Radix.Content
            className={cn(box, widths[size])}
            {...(description ? {} : { 'aria-describedby': undefined })}
            onInteractOutside={(event) => {
              if (keepOpen) event.preventDefault();
            }}
            onCloseAutoFocus={(event) => {
              returnFocus(event);
              onClosed?.();
            }}
            onOpenAutoFocus={(event) => {
              // The first field has it; where there is none, the dialog itself: a ring on Close would say "close me".
              const content = event.currentTarget;
              const field =
                initialFocus?.() ??
                (content instanceof HTMLElement ? (content.querySelector<HTMLElement>(FIELDS) ?? content) : null);
              if (field) {
                event.preventDefault();
                field.focus();
              }
            }}
          >
            <div className="flex items-center gap-2 px-6 pt-4 pb-3 max-md:px-4">
              {onBack && (
                <IconButton label="Back" onClick={onBack} className="-ml-1.5">
                  <ArrowLeft />
                </IconButton>
              )}
              <Radix.Title className={heading ? 'sr-only' : 'min-w-0 flex-1 break-words'}>{title}</Radix.Title>
              {heading && <div className="flex min-w-0 flex-1 items-center gap-2.5">{heading}</div>}
              <Radix.Close asChild>
                <IconButton label="Close" className="-mr-1.5">
                  <X />
                </IconButton>
              </Radix.Close>
            </div>
            {description && (
              <Radix.Description asChild>
                <div className="px-6 pb-3 text-fg2 max-md:px-4">{description}</div>
              </Radix.Description>
            )}
            <div className="flex min-h-0 flex-col gap-4 px-6 pb-5 max-md:px-4">{children}</div>
            {footer && (
              <div className="flex flex-wrap items-center justify-end gap-2 rounded-b-xl border-t bg-sunken px-6 py-3 max-md:px-4">
                {footer}
              </div>
            )}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** In a dialog's place while its code is on its way: the press was heard. */
export function DialogPending() {
  return (
    <div className={shade}>
      <div role="status" aria-label="Opening" data-opening className={cn(box, widths.md, 'min-h-40 items-center justify-center')}>
        <Spinner className="size-5 text-fg3" />
      </div>
    </div>
  );
}

/** Closes the dialog it stands in. */
export function DialogClose({ children = 'Cancel' }: { children?: ReactNode }) {
  return (
    <Radix.Close asChild>
      <Button>{children}</Button>
    </Radix.Close>
  );
}

export interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  confirm: string;
  variant?: ButtonVariant;
  busy?: boolean;
  disabled?: boolean;
  onConfirm: () => void;
  extra?: ReactNode;
  size?: 'sm' | 'md';
}

/** Asks before something that cannot be taken back. Focus starts on Cancel. */
export function Confirm({
  open,
  onOpenChange,
  title,
  children,
  confirm,
  variant = 'danger',
  busy = false,
  disabled = false,
  onConfirm,
  extra,
  size = 'sm',
}: ConfirmProps) {
  return (
    <RadixAlert.Root open={open} onOpenChange={onOpenChange}>
      <RadixAlert.Portal>
        <RadixAlert.Overlay className={shade}>
          <RadixAlert.Content
            className={cn(box, widths[size])}
            onCloseAutoFocus={returnFocus}
          >
            <div className="flex flex-col gap-2 px-6 pt-5 pb-4 max-md:px-4">
              <RadixAlert.Title>{title}</RadixAlert.Title>
              <RadixAlert.Description asChild>
                <div className="flex flex-col gap-3 text-fg2">{children}</div>
              </RadixAlert.Description>
            </div>
            <div className="flex flex-wrap items-center justify-end gap-2 rounded-b-xl border-t bg-sunken px-6 py-3 max-md:px-4">
              {extra}
              <RadixAlert.Cancel asChild>
                <Button>Cancel</Button>
              </RadixAlert.Cancel>
              <Button variant={variant} busy={busy} disabled={disabled} onClick={onConfirm}>
                {confirm}
              </Button>
            </div>
          </RadixAlert.Content>
        </RadixAlert.Overlay>
      </RadixAlert.Portal>
    </RadixAlert.Root>
  );
}
