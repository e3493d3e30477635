import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useCallback } from 'react';
import { roleCan, type Action } from '@/lib/permissions';
import { api, ApiError } from './client';
import type { AuthState, Me, ProjectRef } from './types';

/**
 * Who is signed in. Loaded by the router before any signed-in page shows. Nobody: an {@link ApiError} with status 401 that
 * says in `details.setupRequired` whether the installation waits for its owner.
 */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => {
    const { me, setupRequired } = await api.get<AuthState>('/auth/state', { signal });
    if (me) return me;
    throw new ApiError({ code: 'UNAUTHENTICATED', message: 'Sign in to see this.', status: 401, details: { setupRequired } });
  },
  staleTime: 5 * 60_000,
  retry: false,
});

/** The signed-in person with their projects. Only on signed-in pages. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export interface CurrentProject extends ProjectRef {
  /** Path below `/api/v1` of this project's resource: `path('/connections')`. */
  path: (resource: string) => string;
  /** First part of every query key of this project: what is cached for it is told apart from other projects. */
  key: readonly ['p', string];
}

/** The project named in the address. Only on pages below `/p/{project}`. */
export function useProject(): CurrentProject {
  const me = useMe();
  const params = useParams({ strict: false }) as { project?: string };
  const project = me.projects.find((each) => each.id === params.project);
  if (!project) throw new Error('useProject is used outside a project page.');
  return { ...project, path: (resource) => `/projects/${project.id}${resource}`, key: ['p', project.id] };
}

/** Whether the signed-in person may do something in the current project: `can('connection.create')`. */
export function useCan(): (action: Action) => boolean {
  const { role } = useProject();
  return useCallback((action: Action) => roleCan(role, action), [role]);
}
