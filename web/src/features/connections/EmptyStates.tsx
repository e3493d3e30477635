import { useQuery } from '@tanstack/react-query';
import { ListFilter, Plug, Search, Trash2 } from 'lucide-react';
import { useCan } from '@/api/session';
import { AppIcon } from '@/features/apps/AppIcon';
import { appsQuery } from '@/features/apps/queries';
import { useConnectDialogs } from '@/features/connect/dialogs';
import { Button } from '@/ui/button';
import { Empty, Skeleton } from '@/ui/states';
import type { ConnectionView } from './search';

/** Offered first to those who have nothing yet; what of it the catalog has. */
const SUGGESTED = ['slack', 'gmail', 'github', 'stripe', 'notion'];
/** Work without an account anywhere. */
const SANDBOX = ['sandbox-oauth', 'sandbox-key', 'sandbox-basic'];

/** The project has no connection yet. */
export function EmptyList() {
  const can = useCan();
  const dialogs = useConnectDialogs();
  const apps = useQuery(appsQuery(''));
  const index = new Map(apps.data?.map((app) => [app.slug, app]));
  if (!can('connection.create')) {
    return (
      <div className="rounded-lg border bg-surface">
        <Empty icon={<Plug />} title="No connections yet">
          An editor or admin of this project can connect the first app.
        </Empty>
      </div>
    );
  }
  const suggested = SUGGESTED.flatMap((slug) => index.get(slug) ?? []).slice(0, 3);
  const sandbox = SANDBOX.flatMap((slug) => index.get(slug) ?? []);
  return (
    <div className="rounded-lg border bg-surface">
      <Empty
        icon={<Plug />}
        title="Connect your first app"
        className="pb-8"
        action={
          <Button icon={<Search aria-hidden />} onClick={() => dialogs.newConnection()}>
            Browse all apps
          </Button>
        }
      >
        Sign in once, and every flow in this project can use the account without ever seeing its password or key.
      </Empty>
      <div className="mx-auto flex max-w-[780px] flex-col gap-5 px-6 pb-10">
        {apps.isPending ? (
          <div aria-hidden className="mt-7 grid gap-2 md:grid-cols-3">
            {SANDBOX.map((slug) => (
              <Skeleton key={slug} className="h-[66px] rounded-lg" />
            ))}
          </div>
        ) : (
          <>
            <Suggestions title="Often first" apps={suggested} />
            <Suggestions title="Try it with no account anywhere" apps={sandbox} />
          </>
        )}
      </div>
    </div>
  );
}

function Suggestions({ title, apps }: { title: string; apps: readonly { slug: string; name: string; description: string }[] }) {
  const dialogs = useConnectDialogs();
  if (apps.length === 0) return null;
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h3 className="text-center text-xs font-[550] text-fg3">{title}</h3>
      <div className="grid gap-2 md:grid-cols-3">
        {apps.map((app) => (
          <button
            key={app.slug}
            type="button"
            onClick={() => dialogs.newConnection(app.slug)}
            className="flex items-center gap-3 rounded-lg border px-3 py-2.5 text-left hover:bg-hover"
          >
            <AppIcon app={app.slug} size="sm" />
            <span className="min-w-0">
              <span className="block truncate font-[550]">
                <span className="sr-only">Connect </span>
                {app.name}
              </span>
              <span className="line-clamp-2 text-xs text-fg3">{app.description}</span>
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}

const NOTHING: Record<ConnectionView, { title: string; text: string }> = {
  all: { title: 'Nothing matches', text: 'No connection fits the search and filters.' },
  attention: { title: 'Nothing needs attention', text: 'Every connection works.' },
  expiring: { title: 'Nothing expires soon', text: 'No sign-in ends within the next seven days.' },
  unused: { title: 'No connection lies idle', text: 'Each is in a flow or was used in the last 30 days.' },
  mine: { title: 'You own no connection here', text: 'Connections you create appear here.' },
  trash: { title: 'The trash is empty', text: 'Deleted connections stay here for 30 days.' },
};

/** The view or the filters leave nothing. */
export function FilteredEmpty({ view, narrowed, onClear }: { view: ConnectionView; narrowed: boolean; onClear: () => void }) {
  const words = narrowed ? NOTHING.all : NOTHING[view];
  return (
    <div className="rounded-lg border bg-surface">
      <Empty
        icon={view === 'trash' && !narrowed ? <Trash2 /> : <ListFilter />}
        title={words.title}
        action={<Button onClick={onClear}>{narrowed ? 'Clear filters' : 'Show all connections'}</Button>}
      >
        {words.text}
      </Empty>
    </div>
  );
}
