import { Outlet } from '@tanstack/react-router';
import { SessionLostDialog } from '@/features/auth/SessionLostDialog';
import { Announcer } from '@/ui/announce';
import { Toaster } from '@/ui/toast';
import { TooltipProvider } from '@/ui/tooltip';

/** Around every page: live regions, toasts, tooltips, and the dialog that asks to sign in again. */
export function RootLayout() {
  return (
    <TooltipProvider>
      <Outlet />
      <SessionLostDialog />
      <Toaster />
      <Announcer />
    </TooltipProvider>
  );
}
