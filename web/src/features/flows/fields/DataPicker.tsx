import { Command } from 'cmdk';
import { ChevronRight } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useMemo, useState, type KeyboardEvent, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { StepIcon } from '../icons';
import type { SampleGroup, SampleNode } from '../model/samples';
import { useData } from './context';

/** The data of the trigger and of earlier steps, to choose an expression from. */
export function DataPicker({
  open,
  onOpenChange,
  onPick,
  returnFocus,
  trigger,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onPick: (source: string) => void;
  returnFocus: () => HTMLElement | null;
  trigger: ReactNode;
}) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          side="bottom"
          sideOffset={6}
          collisionPadding={10}
          aria-label="Insert data"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus()?.focus();
          }}
          className="z-60 w-[344px] max-w-[calc(100vw-20px)] animate-pop rounded-lg border bg-raised shadow-high outline-none"
        >
          <Picker
            onPick={(source) => {
              onOpenChange(false);
              onPick(source);
            }}
          />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Picker({ onPick }: { onPick: (source: string) => void }) {
  const { groups } = useData();
  const [search, setSearch] = useState('');
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => startClosed(groups));
  const [current, setCurrent] = useState('');
  const untested = groups.every((group) => !group.tested);
  const toggle = (source: string, close: boolean): void =>
    setClosed((now) => {
      const next = new Set(now);
      if (close) next.add(source);
      else next.delete(source);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (search || !current) return;
    const node = groups.flatMap((group) => group.nodes).find((each) => each.source === current);
    if (!node?.children) return;
    if (event.key === 'ArrowRight' && closed.has(current)) {
      event.preventDefault();
      toggle(current, false);
    }
    if (event.key === 'ArrowLeft' && !closed.has(current)) {
      event.preventDefault();
      toggle(current, true);
    }
  };
  return (
    <Command label="Insert data" loop value={current} onValueChange={setCurrent} onKeyDown={onKeyDown} className="flex max-h-[min(420px,var(--radix-popover-content-available-height))] flex-col">
      <Command.Input
        value={search}
        onValueChange={setSearch}
        placeholder="Search data"
        className="h-10 shrink-0 border-b bg-transparent px-3 text-sm outline-none"
      />
      {untested && (
        <p className="border-b bg-sunken px-3 py-2 text-xs text-fg2">
          Press <strong className="font-[550]">Test flow</strong> once to see real data here.
        </p>
      )}
      <Command.List className="min-h-0 flex-1 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-3 text-sm text-fg3">Nothing matches</Command.Empty>
        {groups.map((group) => (
          <Group key={group.id} group={group} searching={search !== ''} closed={closed} onToggle={toggle} onPick={onPick} />
        ))}
      </Command.List>
    </Command>
  );
}

/** Long containers start closed: what is two levels down and more. */
function startClosed(groups: readonly SampleGroup[]): Set<string> {
  return new Set(groups.flatMap((group) => group.nodes.filter((node) => node.children > 0 && (node.depth >= 2 || node.label === 'headers')).map((node) => node.source)));
}

function Group({
  group,
  searching,
  closed,
  onToggle,
  onPick,
}: {
  group: SampleGroup;
  searching: boolean;
  closed: ReadonlySet<string>;
  onToggle: (source: string, close: boolean) => void;
  onPick: (source: string) => void;
}) {
  const shown = useMemo(() => {
    if (searching) return group.nodes;
    const out: SampleNode[] = [];
    let hiddenBelow = Infinity;
    for (const node of group.nodes) {
      if (node.depth > hiddenBelow) continue;
      hiddenBelow = closed.has(node.source) ? node.depth : Infinity;
      out.push(node);
    }
    return out;
  }, [group, searching, closed]);
  return (
    <Command.Group
      heading={
        <span className="flex items-center gap-2 px-2 pt-2 pb-1 text-xs font-[550] text-fg2">
          <StepIcon kind={group.kind as never} app={group.app} size="xs" />
          {group.title}
          {!group.tested && <span className="font-normal text-fg3">not tested yet</span>}
        </span>
      }
    >
      {shown.map((node) => (
        <Command.Item
          key={node.source}
          value={node.source}
          keywords={[node.label, group.title, node.preview]}
          onSelect={() => onPick(node.source)}
          title={`{{ ${node.source} }}`}
          className="flex min-h-[30px] items-center gap-1.5 rounded-sm pr-2 text-sm data-[selected=true]:bg-accent-weak"
          style={{ paddingLeft: 4 + node.depth * 14 }}
        >
          {node.children > 0 && !searching ? (
            <span
              aria-hidden
              onClick={(event) => {
                event.stopPropagation();
                onToggle(node.source, !closed.has(node.source));
              }}
              className="grid size-6 shrink-0 place-items-center rounded-sm text-fg3 hover:bg-hover"
            >
              <ChevronRight className={cn('size-3.5 transition-transform', !closed.has(node.source) && 'rotate-90')} />
            </span>
          ) : (
            <span aria-hidden className="w-6 shrink-0" />
          )}
          <span className={cn('max-w-[55%] shrink-0 truncate', node.depth === 0 ? 'text-fg2' : 'font-medium')}>{node.label}</span>
          <span className="min-w-0 flex-1 truncate text-right text-xs text-fg3">{node.preview}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
