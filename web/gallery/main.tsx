import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Announcer } from '@/ui/announce';
import { Toaster } from '@/ui/toast';
import './gallery.css';
import { Gallery } from './Gallery';

// Components that link somewhere need a router; here every link leads back to the gallery.
const router = createRouter({
  routeTree: createRootRoute({
    component: () => (
      <>
        <Gallery />
        <Toaster />
        <Announcer />
      </>
    ),
    notFoundComponent: () => null,
  }),
  history: createMemoryHistory(),
});

document.documentElement.dataset['theme'] = new URLSearchParams(location.search).get('theme') ?? 'light';
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
