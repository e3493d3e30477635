import { Outlet, useParams, useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon, Search, X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useDeferredValue, useRef, useState } from 'react';
import { useMe } from '@/api/session';
import { SessionLostDialog } from '@/features/auth/SessionLostDialog';
import { ConnectDialogsProvider } from '@/features/connect/dialogs';
import { ReturnedConnection } from '@/features/connect/returned';
import { useNarrow } from '@/lib/hooks';
import { IconButton } from '@/ui/button';
import { Brand } from './Brand';
import { FramePending } from './FramePending';
import { CommandPalette } from './palette/CommandPalette';
import { NotFound } from './NotFound';
import { openPalette } from './palette/open';
import { Sidebar } from './Sidebar';

/** Around every page of a project: sidebar (a drawer below 720 px), palette, connect dialogs. */
export function ProjectLayout() {
  const me = useMe();
  const { project } = useParams({ from: '/signed-in/p/$project' });
  // The first drawing is made in small pieces, between which the page answers to taps: the grey frame stands meanwhile.
  const drawn = useDeferredValue(true, false);
  if (!me.projects.some((each) => each.id === project)) return <NotFound />;
  if (!drawn) return <FramePending />;
  // A change of project starts every page afresh: nothing typed or chosen there leaks into this one.
  return (
    <>
      <Frame key={project} />
      <SessionLostDialog />
    </>
  );
}

function Frame() {
  const narrow = useNarrow();
  const main = useRef<HTMLElement>(null);
  return (
    <ConnectDialogsProvider>
      <ReturnedConnection />
      <a
        href="#main"
        className="fixed top-2 left-2 z-90 -translate-y-16 rounded-sm bg-accent px-3 py-2 font-[550] text-on-accent focus:translate-y-0"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <div className="flex min-h-dvh max-md:flex-col">
        {narrow ? (
          <TopBar />
        ) : (
          <aside className="sticky top-0 flex h-dvh w-[232px] shrink-0 flex-col border-r bg-sunken md:max-lg:w-[60px]">
            <Sidebar />
          </aside>
        )}
        <main id="main" ref={main} tabIndex={-1} className="flex min-w-0 flex-1 flex-col">
          <Outlet />
        </main>
      </div>
      <CommandPalette />
    </ConnectDialogsProvider>
  );
}

function TopBar() {
  // Open for one address only: going anywhere closes the drawer.
  const address = useRouterState({ select: (state) => state.location.pathname });
  const [openAt, setOpenAt] = useState<string | null>(null);
  const open = openAt === address;
  const setOpen = (next: boolean): void => setOpenAt(next ? address : null);
  return (
    <header className="sticky top-0 z-30 flex h-13 items-center gap-2 border-b bg-sunken px-3">
      <Radix.Root open={open} onOpenChange={setOpen}>
        <Radix.Trigger asChild>
          <IconButton label="Open navigation" size="md">
            <MenuIcon />
          </IconButton>
        </Radix.Trigger>
        <Radix.Portal>
          <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-shade" />
          <Radix.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-[264px] max-w-[85vw] animate-slide flex-col border-r bg-sunken outline-none"
          >
            <Radix.Title className="sr-only">Navigation</Radix.Title>
            <Radix.Close asChild>
              <IconButton label="Close navigation" className="absolute top-3.5 right-2.5">
                <X />
              </IconButton>
            </Radix.Close>
            <Sidebar />
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
      <Brand />
      <IconButton label="Search" size="md" className="ml-auto" onClick={openPalette}>
        <Search />
      </IconButton>
    </header>
  );
}
