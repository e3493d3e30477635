import { ChevronRight, Lock } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/cn';
import { CopyButton } from '@/ui/copy';

/** What the server puts in the place of a secret. */
const REDACTED = '***REDACTED***';
const MANY = 50;
const LONG = 400;

/** A JSON value to read: objects and lists open and close, long texts are cut until asked for. */
export function JsonView({ value, label, className }: { value: unknown; label: string; className?: string }) {
  return (
    <div className={cn('group/json relative min-w-0 rounded-sm border bg-sunken', className)}>
      {/* What scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div role="group" aria-label={label} tabIndex={0} className="max-h-72 overflow-auto py-2 pr-9 pl-2.5 font-mono text-xs leading-[1.6]">
        <Value value={value} depth={0} />
      </div>
      <div className="absolute top-1 right-1">
        <CopyButton text={typeof value === 'string' ? value : JSON.stringify(value, null, 2)} label={`Copy ${label.toLowerCase()}`} />
      </div>
    </div>
  );
}

function Value({ value, depth, name, comma = false }: { value: unknown; depth: number; name?: string | undefined; comma?: boolean }) {
  if (typeof value === 'object' && value !== null) return <Container value={value} depth={depth} name={name} comma={comma} />;
  return (
    <div className="pl-4 break-words whitespace-pre-wrap">
      <Name name={name} />
      <Scalar value={value} />
      {comma && ','}
    </div>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span className="text-fg2">{JSON.stringify(name)}: </span>;
}

function Scalar({ value }: { value: unknown }) {
  const [all, setAll] = useState(false);
  if (value === REDACTED) {
    return (
      <span className="inline-flex items-center gap-1 rounded-[4px] bg-warn-weak px-1.5 font-sans text-warn">
        <Lock aria-hidden className="size-3" /> Hidden secret
      </span>
    );
  }
  if (typeof value === 'string') {
    const cut = value.length > LONG && !all;
    return (
      <span className="text-ok">
        {JSON.stringify(cut ? value.slice(0, LONG) : value).slice(0, cut ? -1 : undefined)}
        {cut && (
          <button type="button" className="ml-1 font-sans text-accent hover:underline" onClick={() => setAll(true)}>
            … {(value.length - LONG).toLocaleString('en-GB')} more characters
          </button>
        )}
      </span>
    );
  }
  return <span className={value === null || value === undefined ? 'text-fg3' : 'text-accent'}>{value === undefined ? 'null' : JSON.stringify(value)}</span>;
}

function Container({ value, depth, name, comma }: { value: object; depth: number; name: string | undefined; comma: boolean }) {
  const list = Array.isArray(value);
  const entries = list ? value.map((item: unknown, at): [string, unknown] => [String(at), item]) : Object.entries(value);
  const [open, setOpen] = useState(depth < 3 && entries.length <= MANY);
  const [shown, setShown] = useState(MANY);
  const [first, last] = list ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return (
      <div className="pl-4">
        <Name name={name} />
        {first}
        {last}
        {comma && ','}
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex max-w-full items-center rounded-[4px] text-left hover:bg-hover"
      >
        <ChevronRight aria-hidden className={cn('size-4 shrink-0 p-px text-fg3 transition-transform', open && 'rotate-90')} />
        <span className="truncate">
          <Name name={name} />
          {first}
          {!open && (
            <span className="text-fg3">
              {' '}
              {entries.length} {list ? (entries.length === 1 ? 'item' : 'items') : entries.length === 1 ? 'field' : 'fields'} {last}
              {comma && ','}
            </span>
          )}
        </span>
      </button>
      {open && (
        <>
          <div className="pl-4">
            {entries.slice(0, shown).map(([key, item], at) => (
              <Value key={key} value={item} depth={depth + 1} name={list ? undefined : key} comma={at < entries.length - 1} />
            ))}
            {entries.length > shown && (
              <button type="button" className="pl-4 font-sans text-accent hover:underline" onClick={() => setShown(shown + 200)}>
                {entries.length - shown} more
              </button>
            )}
          </div>
          <div className="pl-4">
            {last}
            {comma && ','}
          </div>
        </>
      )}
    </div>
  );
}
