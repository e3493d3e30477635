import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useCan, useMe, useProject } from '@/api/session';
import { cn } from '@/lib/cn';
import { PageBody } from '@/ui/page';

/** Around the settings pages: their own navigation at the left, above on narrow screens. */
export function SettingsLayout() {
  const project = useProject();
  const me = useMe();
  const can = useCan();
  const nav = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // On narrow screens the row scrolls; the page one is on is in sight.
  useEffect(() => {
    const row = nav.current;
    const current = row?.querySelector<HTMLElement>('[aria-current="page"]');
    if (row && current) row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
  }, [path]);
  const places = [
    { to: '/p/$project/settings/general', label: 'General', shown: true },
    { to: '/p/$project/settings/members', label: 'Members', shown: true },
    { to: '/p/$project/settings/keys', label: 'API keys', shown: can('key.manage') },
    { to: '/p/$project/settings/oauth-clients', label: 'OAuth clients', shown: can('oauth_client.manage') },
    { to: '/p/$project/settings/audit', label: 'Audit log', shown: can('audit.read') },
    { to: '/p/$project/settings/security', label: 'Your account', shown: true },
    { to: '/p/$project/settings/workspace', label: 'Workspace', shown: me.user.isOwner },
  ] as const;
  return (
    <PageBody className="max-w-[1080px]">
      <div className="flex gap-10 max-lg:flex-col max-lg:gap-4">
        <nav ref={nav} aria-label="Settings" className="relative flex w-[170px] shrink-0 flex-col gap-px max-lg:w-full max-lg:flex-row max-lg:overflow-x-auto max-lg:p-px max-lg:[scrollbar-width:none]">
          {places
            .filter((place) => place.shown)
            .map((place) => (
              <Link
                key={place.to}
                to={place.to}
                params={{ project: project.id }}
                activeOptions={{ includeSearch: false }}
                className={cn(
                  'rounded-sm px-2.5 py-[7px] text-sm font-medium whitespace-nowrap text-fg2 hover:text-fg',
                  'aria-[current=page]:bg-surface aria-[current=page]:text-fg aria-[current=page]:ring-1 aria-[current=page]:ring-line aria-[current=page]:shadow-low',
                )}
              >
                {place.label}
              </Link>
            ))}
        </nav>
        <div className="flex min-w-0 flex-1 flex-col gap-4">
          <Outlet />
        </div>
      </div>
    </PageBody>
  );
}
