import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { toApiError } from '@/api/client';
import { useDebounced } from '@/lib/hooks';
import { useMarked } from '@/ui/combobox';
import { Spinner } from '@/ui/spinner';
import { askOf } from './ask';
import { usePaletteGroups, type PaletteItem } from './usePaletteGroups';

/** The palette's inside: a combobox over a listbox of groups. */
export function Commands({ close }: { close: () => void }) {
  const [text, setText] = useState('');
  const ask = askOf(text);
  const q = useDebounced(ask.subject, 120);
  const { groups, searching, error } = usePaletteGroups(ask, q);
  const ids = groups.flatMap((group) => group.items.map((item) => item.id));
  const count = ids.length;
  const marked = useMarked(ids, text);
  return (
    <Command
      label="Command palette"
      shouldFilter={false}
      loop
      {...marked}
    >
      <div className="flex items-center gap-2.5 border-b px-4">
        <Search aria-hidden className="size-4 shrink-0 text-fg3" />
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="Reconnect Slack, Where is HubSpot used?, a flow, a page…"
          className="h-12 min-w-0 flex-1 bg-transparent text-[15px] outline-none"
        />
        {searching && text !== '' && <Spinner className="text-fg3" />}
      </div>
      <div role="status" className="sr-only">
        {!searching && text !== '' && (count === 0 ? 'Nothing matches' : `${count} results`)}
      </div>
      <Command.List className="max-h-[min(440px,62dvh)] scroll-py-2 overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:truncate [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-[550] [&_[cmdk-group-heading]]:text-fg3">
        {groups.map((group) => (
          <Command.Group key={group.heading} heading={group.heading}>
            {group.items.map((item) => (
              <Row
                key={item.id}
                item={item}
                onSelect={() => {
                  close();
                  item.run();
                }}
              />
            ))}
          </Command.Group>
        ))}
        {count === 0 && (
          // An option, since a listbox may hold nothing else.
          <Command.Item disabled value="nothing" className="px-3 py-6 text-center text-fg2">
            {error ? toApiError(error).message : searching ? 'Searching…' : 'Nothing matches.'}
          </Command.Item>
        )}
      </Command.List>
    </Command>
  );
}

function Row({ item, onSelect }: { item: PaletteItem; onSelect: () => void }) {
  return (
    <Command.Item
      value={item.id}
      onSelect={onSelect}
      className="flex min-h-[38px] items-center gap-2.5 rounded-sm px-2 py-1.5 text-sm data-[selected=true]:bg-accent-weak"
    >
      <span aria-hidden className="grid size-[22px] shrink-0 place-items-center text-fg3 [&>svg]:size-4">
        {item.icon}
      </span>
      <span className="flex min-w-0 flex-1 items-baseline gap-2">
        <span className="truncate font-medium">{item.label}</span>
        {item.hint && <span className="min-w-0 flex-1 truncate text-xs text-fg3">{item.hint}</span>}
      </span>
      {item.end}
    </Command.Item>
  );
}
