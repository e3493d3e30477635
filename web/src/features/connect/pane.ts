import { later } from '@/lib/later';

/** How to sign in, what is asked, the name: not wanted before an app is chosen. */
export const ConnectPane = later(async () => (await import('./ConnectPane')).ConnectPane);
