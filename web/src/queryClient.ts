import { MutationCache, QueryClient } from '@tanstack/react-query';
import { toApiError } from './api/client';
import { toast } from './ui/toast';

declare module '@tanstack/react-query' {
  interface Register {
    mutationMeta: {
      /** The screen shows the failure itself; else it becomes a toast. */
      shown?: boolean;
    };
  }
}

/** One cache for the page. Refusals are not retried: only an unreachable or failing server is, twice. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, cause) => {
        const { status } = toApiError(cause);
        return failures < 2 && (status === 0 || status >= 502);
      },
    },
    mutations: { retry: false },
  },
  mutationCache: new MutationCache({
    onError: (cause, _variables, _context, mutation) => {
      const error = toApiError(cause);
      if (mutation.meta?.shown || error.code === 'UNAUTHENTICATED') return;
      const request = error.status >= 500 && error.requestId;
      toast({ tone: 'bad', title: error.message, ...(request ? { text: `Request ${request}` } : {}) });
    },
  }),
});
