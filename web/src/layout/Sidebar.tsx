import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import {
  Blocks,
  Check,
  ChevronsUpDown,
  History,
  LogOut,
  Monitor,
  Moon,
  Plug,
  Plus,
  Search,
  Settings,
  Sun,
  UserRound,
  Workflow,
} from 'lucide-react';
import { useState, type ComponentType } from 'react';
import { api } from '@/api/client';
import { useMe, useProject } from '@/api/session';
import { connectionCountsQuery } from '@/features/connections/queries';
import { NewProjectDialog } from '@/features/settings/NewProjectDialog';
import { cn } from '@/lib/cn';
import { firstLetter, sentence } from '@/lib/text';
import { setTheme, useTheme } from '@/lib/theme';
import { Avatar } from '@/ui/avatar';
import { Kbd } from '@/ui/field';
import { Menu, MenuItem, MenuLabel, MenuRadio, MenuSeparator } from '@/ui/menu';
import { Brand } from './Brand';
import { openPalette } from './palette/open';

/** Brand, project switcher, navigation, user menu. Between 720 and 1024 px a rail of icons; the names stay for screen readers. */
export function Sidebar() {
  const project = useProject();
  const attention = useQuery(connectionCountsQuery(project)).data?.needsAttention ?? 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-3 py-4">
      <Link to="/p/$project/connections" params={{ project: project.id }} className="self-start rounded-sm px-1.5 py-1">
        <Brand />
      </Link>
      <ProjectSwitcher />
      <button
        type="button"
        onClick={openPalette}
        className="flex items-center gap-2.5 rounded-sm px-2 py-1.5 text-sm font-medium text-fg2 hover:bg-hover hover:text-fg md:max-lg:justify-center"
      >
        <Search aria-hidden className="size-4" />
        <span className="md:max-lg:sr-only">Search</span>
        <Kbd className="ml-auto md:max-lg:hidden">{navigator.platform.startsWith('Mac') ? '⌘ K' : 'Ctrl K'}</Kbd>
      </button>
      <nav aria-label="Main" className="flex flex-col gap-px">
        <Item to="/p/$project/connections" icon={Plug} label="Connections">
          {attention > 0 && (
            <>
              <span className="ml-auto rounded-full bg-bad-weak px-1.5 text-[11px] font-semibold text-bad tabular-nums md:max-lg:sr-only">
                {attention.toLocaleString('en-GB')}
                <span className="sr-only"> need attention</span>
              </span>
              {/* On the rail of icons a number would lie over the icon. */}
              <span aria-hidden className="absolute top-1 right-1 hidden size-2 rounded-full bg-bad md:max-lg:block" />
            </>
          )}
        </Item>
        <Item to="/p/$project/flows" icon={Workflow} label="Flows" />
        <Item to="/p/$project/runs" icon={History} label="Runs" />
        <Item to="/p/$project/apps" icon={Blocks} label="Apps" />
        <Item to="/p/$project/settings" icon={Settings} label="Settings" />
      </nav>
      <div className="flex-1" />
      <UserMenu />
    </div>
  );
}

type Place =
  | '/p/$project/connections'
  | '/p/$project/flows'
  | '/p/$project/runs'
  | '/p/$project/apps'
  | '/p/$project/settings';

function Item({
  to,
  icon: Icon,
  label,
  children,
}: {
  to: Place;
  icon: ComponentType<{ className?: string; 'aria-hidden'?: boolean }>;
  label: string;
  children?: React.ReactNode;
}) {
  const project = useProject();
  return (
    <Link
      to={to}
      params={{ project: project.id }}
      activeOptions={{ includeSearch: false }}
      className="relative flex items-center gap-2.5 rounded-sm px-2 py-[7px] text-sm font-medium text-fg2 hover:text-fg md:max-lg:justify-center aria-[current=page]:bg-surface aria-[current=page]:text-fg aria-[current=page]:ring-1 aria-[current=page]:ring-line aria-[current=page]:shadow-low"
    >
      <Icon aria-hidden className="size-4" />
      <span className="md:max-lg:sr-only">{label}</span>
      {children}
    </Link>
  );
}

const HUES = ['bg-[#c2410c]', 'bg-[#0f766e]', 'bg-[#7e22ce]', 'bg-[#1d4ed8]', 'bg-[#a21caf]', 'bg-[#4d7c0f]'];

function ProjectMark({ id, name }: { id: string; name: string }) {
  const hue = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES.length;
  return (
    <span aria-hidden className={cn('grid size-[18px] shrink-0 place-items-center rounded-[5px] text-[11px] font-bold text-white', HUES[hue])}>
      {firstLetter(name.trim()).toUpperCase() || '?'}
    </span>
  );
}

function ProjectSwitcher() {
  const me = useMe();
  const project = useProject();
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  return (
    <>
      <Menu
        align="start"
        label="Projects"
        className="w-[232px]"
        trigger={
          <button
            type="button"
            className="flex items-center gap-2 rounded-sm border bg-surface px-2 py-[7px] text-left text-sm font-medium hover:bg-hover md:max-lg:justify-center md:max-lg:px-0"
          >
            <ProjectMark id={project.id} name={project.name} />
            <span className="sr-only">Project: </span>
            <span className="min-w-0 flex-1 truncate md:max-lg:sr-only">{project.name}</span>
            <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-fg3 md:max-lg:hidden" />
          </button>
        }
      >
        <MenuLabel>Projects</MenuLabel>
        {me.projects.map((each) => (
          <MenuItem
            key={each.id}
            icon={<ProjectMark id={each.id} name={each.name} />}
            hint={each.id === project.id ? <Check aria-label="current" /> : undefined}
            onSelect={() => void navigate({ to: '/p/$project/connections', params: { project: each.id } })}
          >
            {each.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem icon={<Plus />} onSelect={() => setCreating(true)}>
          New project…
        </MenuItem>
      </Menu>
      <NewProjectDialog open={creating} onOpenChange={setCreating} />
    </>
  );
}

const THEMES = [
  { value: 'system', label: 'System', icon: <Monitor /> },
  { value: 'light', label: 'Light', icon: <Sun /> },
  { value: 'dark', label: 'Dark', icon: <Moon /> },
] as const;

function UserMenu() {
  const me = useMe();
  const project = useProject();
  const theme = useTheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = async (): Promise<void> => {
    try {
      await api.post('/auth/logout', undefined, { anonymous: true });
    } finally {
      await navigate({ to: '/login', search: {} });
      client.clear();
    }
  };
  return (
    <Menu
      align="start"
      side="top"
      label="Your account"
      trigger={
        <button
          type="button"
          className="flex items-center gap-2.5 rounded-sm p-1.5 text-left hover:bg-hover md:max-lg:justify-center md:max-lg:px-0"
        >
          <Avatar name={me.user.name} />
          <span className="sr-only">Account of </span>
          <span className="min-w-0 leading-tight md:max-lg:sr-only">
            <span className="block truncate text-sm font-[550]">{me.user.name}</span>
            <span className="block text-xs text-fg3">{me.user.isOwner ? 'Owner' : sentence(project.role)}</span>
          </span>
        </button>
      }
    >
      <MenuLabel>{me.user.email}</MenuLabel>
      <MenuItem
        icon={<UserRound />}
        onSelect={() => void navigate({ to: '/p/$project/settings/security', params: { project: project.id } })}
      >
        Account and security
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuRadio value={theme} onValueChange={setTheme} options={THEMES} />
      <MenuSeparator />
      <MenuItem icon={<LogOut />} onSelect={() => void signOut()}>
        Sign out
      </MenuItem>
      <p className="px-2 pt-1 pb-0.5 text-[11px] text-fg3">Patchbay {me.version}</p>
    </Menu>
  );
}
