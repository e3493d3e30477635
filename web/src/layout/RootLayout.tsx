import { Outlet } from '@tanstack/react-router';
import { Announcer } from '@/ui/announce';
import { Toaster } from '@/ui/toast';

/** Around every page: live regions and toasts. */
export function RootLayout() {
  return (
    <>
      <Outlet />
      <Toaster />
      <Announcer />
    </>
  );
}
