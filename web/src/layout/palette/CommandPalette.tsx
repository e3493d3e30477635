import { Dialog as Radix } from 'radix-ui';
import { lazy, Suspense, useEffect, useState } from 'react';
import { returnFocus } from '@/lib/focus';
import { preloadOnUse } from '@/lib/idle';
import { useShortcut } from '@/lib/shortcuts';
import { onOpenPalette } from './open';

const load = () => import('./Commands');
const Commands = lazy(async () => ({ default: (await load()).Commands }));

/** Ctrl/Cmd-K: go somewhere, find a connection or flow, reconnect, ask where something is used. */
export function CommandPalette() {
  const [open, setOpen] = useState(false);
  useEffect(() => onOpenPalette(() => setOpen(true)), []);
  useEffect(() => preloadOnUse(load), []);
  useShortcut('mod+k', () => setOpen((now) => !now));
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-60 grid animate-fade items-start justify-items-center bg-shade px-3 pt-[12dvh]">
          <Radix.Content
            aria-describedby={undefined}
            onCloseAutoFocus={returnFocus}
            className="w-full max-w-[600px] animate-pop overflow-hidden rounded-xl border bg-raised shadow-high outline-none"
          >
            <Radix.Title className="sr-only">Command palette</Radix.Title>
            <Suspense fallback={<div className="h-12" />}>
              <Commands close={() => setOpen(false)} />
            </Suspense>
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}
