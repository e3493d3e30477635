import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { search, text } from './lib/search';
import { toApiError } from './api/client';
import { meQuery } from './api/session';
import { appListSearch } from './features/apps/search';
import { connectionListSearch, connectionSearch } from './features/connections/search';
import { canvasAhead } from './features/flows/canvas';
import { FlowSkeleton } from './features/flows/FlowSkeleton';
import { flowListSearch, flowSearch } from './features/flows/search';
import { runListSearch, runSearch } from './features/runs/search';
import { FramePending } from './layout/FramePending';
import { RootLayout } from './layout/RootLayout';
import { NotFound, NothingHere, PageFailed } from './layout/NotFound';
import { recall, remember } from './lib/store';
import { PagePending } from './ui/states';
import { queryClient } from './queryClient';

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: RootLayout,
  notFoundComponent: NotFound,
});

// ---- signed out --------------------------------------------------------------------------------

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./features/auth/SetupPage'), 'SetupPage'),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: search({ next: text }),
  component: lazyRouteComponent(() => import('./features/auth/LoginPage'), 'LoginPage'),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite/$token',
  component: lazyRouteComponent(() => import('./features/auth/InvitePage'), 'InvitePage'),
});

const connectDone = createRoute({
  getParentRoute: () => root,
  path: '/connect/done',
  validateSearch: search({ session: text }),
  component: lazyRouteComponent(() => import('./features/connect/DonePage'), 'DonePage'),
});

// ---- signed in ---------------------------------------------------------------------------------

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  pendingComponent: FramePending,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (cause) {
      const error = toApiError(cause);
      if (error.status !== 401) throw error;
      if (error.details['setupRequired'] === true) throw redirect({ to: '/setup', replace: true });
      throw redirect({
        to: '/login',
        search: { next: location.href === '/' ? undefined : location.href },
        replace: true,
      });
    }
  },
});

const index = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    const last = recall('project');
    const project = me.projects.find((each) => each.id === last) ?? me.projects[0];
    if (project) throw redirect({ to: '/p/$project/connections', params: { project: project.id }, replace: true });
  },
  component: lazyRouteComponent(() => import('./features/settings/NoProjectPage'), 'NoProjectPage'),
});

const project = createRoute({
  getParentRoute: () => signedIn,
  path: '/p/$project',
  beforeLoad: async ({ context, params }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    const known = me.projects.some((each) => each.id === params.project);
    if (known) remember('project', params.project);
    return { known };
  },
  component: lazyRouteComponent(() => import('./layout/ProjectLayout'), 'ProjectLayout'),
  // Within a project its sidebar stays: the way on is one click.
  notFoundComponent: NothingHere,
});

const projectIndex = createRoute({
  getParentRoute: () => project,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/p/$project/connections', params, replace: true });
  },
});

const connections = createRoute({
  getParentRoute: () => project,
  path: '/connections',
  validateSearch: connectionListSearch,
  component: lazyRouteComponent(() => import('./features/connections/ListPage'), 'ConnectionListPage'),
});

const connection = createRoute({
  getParentRoute: () => project,
  path: '/connections/$connection',
  validateSearch: connectionSearch,
  component: lazyRouteComponent(() => import('./features/connections/DetailPage'), 'ConnectionDetailPage'),
});

const flows = createRoute({
  getParentRoute: () => project,
  path: '/flows',
  validateSearch: flowListSearch,
  component: lazyRouteComponent(() => import('./features/flows/list/FlowListPage'), 'FlowListPage'),
});

const flow = createRoute({
  getParentRoute: () => project,
  path: '/flows/$flow',
  validateSearch: flowSearch,
  beforeLoad: canvasAhead,
  pendingComponent: FlowSkeleton,
  component: lazyRouteComponent(() => import('./features/flows/builder/FlowPage'), 'FlowPage'),
});

const runs = createRoute({
  getParentRoute: () => project,
  path: '/runs',
  validateSearch: runListSearch,
  component: lazyRouteComponent(() => import('./features/runs/RunListPage'), 'RunListPage'),
});

const run = createRoute({
  getParentRoute: () => project,
  path: '/runs/$run',
  validateSearch: runSearch,
  beforeLoad: canvasAhead,
  component: lazyRouteComponent(() => import('./features/runs/RunPage'), 'RunPage'),
});

const apps = createRoute({
  getParentRoute: () => project,
  path: '/apps',
  validateSearch: appListSearch,
  component: lazyRouteComponent(() => import('./features/apps/ListPage'), 'AppListPage'),
});

const app = createRoute({
  getParentRoute: () => project,
  path: '/apps/$app',
  component: lazyRouteComponent(() => import('./features/apps/AppPage'), 'AppPage'),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('./features/settings/Layout'), 'SettingsLayout'),
});

const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/p/$project/settings/general', params, replace: true });
  },
});

const settingsGeneral = createRoute({
  getParentRoute: () => settings,
  path: '/general',
  component: lazyRouteComponent(() => import('./features/settings/GeneralPage'), 'GeneralPage'),
});
const settingsMembers = createRoute({
  getParentRoute: () => settings,
  path: '/members',
  component: lazyRouteComponent(() => import('./features/settings/MembersPage'), 'MembersPage'),
});
const settingsKeys = createRoute({
  getParentRoute: () => settings,
  path: '/keys',
  component: lazyRouteComponent(() => import('./features/settings/KeysPage'), 'KeysPage'),
});
const settingsOAuthClients = createRoute({
  getParentRoute: () => settings,
  path: '/oauth-clients',
  component: lazyRouteComponent(() => import('./features/settings/OAuthClientsPage'), 'OAuthClientsPage'),
});
const settingsSecurity = createRoute({
  getParentRoute: () => settings,
  path: '/security',
  component: lazyRouteComponent(() => import('./features/settings/SecurityPage'), 'SecurityPage'),
});
const settingsAudit = createRoute({
  getParentRoute: () => settings,
  path: '/audit',
  validateSearch: search({
    actor: text,
    action: text,
    subject: text,
  }),
  component: lazyRouteComponent(() => import('./features/settings/AuditPage'), 'AuditPage'),
});
const settingsWorkspace = createRoute({
  getParentRoute: () => settings,
  path: '/workspace',
  component: lazyRouteComponent(() => import('./features/settings/WorkspacePage'), 'WorkspacePage'),
});

const tree = root.addChildren([
  setup,
  login,
  invite,
  connectDone,
  signedIn.addChildren([
    index,
    project.addChildren([
      projectIndex,
      connections,
      connection,
      flows,
      flow,
      runs,
      run,
      apps,
      app,
      settings.addChildren([
        settingsIndex,
        settingsGeneral,
        settingsMembers,
        settingsKeys,
        settingsOAuthClients,
        settingsSecurity,
        settingsAudit,
        settingsWorkspace,
      ]),
    ]),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  context: { queryClient },
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: PagePending,
  defaultPendingMs: 200,
  defaultPendingMinMs: 0,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFailed,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
