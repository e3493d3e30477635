import { Braces } from 'lucide-react';
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Field, Input, Optional, Textarea } from '@/ui/field';
import { Tooltip } from '@/ui/tooltip';
import { join, parts, wrap } from '../model/template';
import { useData } from './context';
import { DataPicker } from './DataPicker';
import { draw, pillAt, pillsIn, placeCaret, read, selectionIn } from './pills';

export interface TemplateFieldProps {
  value: string;
  onChange: (value: string) => void;
  label: ReactNode;
  /** Accessible name where `label` is not plain text. */
  name?: string;
  hideLabel?: boolean;
  multiline?: boolean;
  mono?: boolean;
  placeholder?: string;
  help?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  optional?: boolean;
  aside?: ReactNode;
  className?: string;
  /** Under the control: the text as it comes out with sample data. */
  preview?: ReactNode;
}

/** Expressions inside are written `{{ a }}`; one way of spacing makes offsets predictable. */
function normal(text: string): string {
  return join(parts(text));
}

/** A text field; with data pills unless nothing can come from data here. */
export function TemplateField(props: TemplateFieldProps) {
  return useData().literal ? <LiteralField {...props} /> : <PillField {...props} />;
}

function LiteralField({ value, onChange, label, hideLabel, multiline, mono, placeholder, help, error, required, optional, aside, className }: TemplateFieldProps) {
  const { readOnly } = useData();
  const control = {
    value,
    placeholder,
    readOnly,
    spellCheck: !mono,
    'data-field': '',
    'data-empty': value.trim() === '',
    className: cn(mono && 'font-mono text-sm'),
  };
  return (
    <Field {...{ label, help, error, aside }} required={required ?? false} optional={optional ?? false} hideLabel={hideLabel ?? false} {...(className ? { className } : {})}>
      {multiline ? <Textarea {...control} onChange={(event) => onChange(event.target.value)} /> : <Input {...control} autoComplete="off" onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

/** A text field that takes text with data pills. A pill's expression shows on hover and while the caret is beside it. */
function PillField({
  value,
  onChange,
  label,
  name,
  hideLabel,
  multiline = false,
  mono = false,
  placeholder,
  help,
  error,
  required,
  optional,
  aside,
  className,
  preview,
}: TemplateFieldProps) {
  const { names, readOnly, groups } = useData();
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const caret = useRef<number | null>(null);
  /** Where the caret was when focus went to the picker. */
  const last = useRef<{ from: number; to: number } | null>(null);
  const [beside, setBeside] = useState<{ from: number; to: number; source: string } | null>(null);
  const [editing, setEditing] = useState<{ from: number; to: number; source: string } | null>(null);
  const [picking, setPicking] = useState(false);
  const text = normal(value);
  const labels = pillsIn(text)
    .map((source) => names.get(source.split('.')[1] ?? '') ?? '')
    .join();

  // React must not touch the children: the browser edits them. They are drawn anew only when they differ.
  useLayoutEffect(() => {
    const element = host.current;
    if (!element) return;
    const focused = document.activeElement === element;
    const at = caret.current ?? (focused ? (selectionIn(element)?.to ?? null) : null);
    draw(element, text, names);
    if (focused && at !== null) placeCaret(element, Math.min(at, text.length));
    caret.current = null;
    // `names` changes identity with every edit of the flow; what matters of it is in `labels`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text, labels]);

  const changed = (next: string): void => {
    if (next !== value) onChange(next);
  };

  const onInput = (): void => {
    const element = host.current;
    if (!element) return;
    const typed = multiline ? read(element) : read(element).replace(/\n/g, ' ');
    const next = normal(typed);
    const at = selectionIn(element)?.to ?? typed.length;
    // An expression has just been closed by typing: the text grows or shrinks by its spaces.
    caret.current = Math.max(0, at + (next.length - typed.length));
    if (next === text && element.querySelectorAll('[data-pill]').length !== pillsIn(next).length) draw(element, next, names);
    changed(next);
    notice();
  };

  const notice = (): void => {
    const element = host.current;
    const selection = element ? selectionIn(element) : null;
    const now = element ? read(element) : '';
    setBeside(selection && selection.from === selection.to ? pillAt(now, selection.to) : null);
  };

  /** Puts `insert` in the place of a stretch of the text, caret after it. */
  const splice = (from: number, to: number, insert: string): void => {
    const next = normal(text.slice(0, from) + insert + text.slice(to));
    caret.current = from + normal(insert).length;
    changed(next);
    if (next === text) placeCaretSoon();
  };

  const placeCaretSoon = (): void => {
    const at = caret.current;
    caret.current = null;
    if (host.current && at !== null) placeCaret(host.current, at);
  };

  const insert = (source: string): void => {
    const element = host.current;
    const selection = (element && selectionIn(element)) ?? last.current ?? { from: text.length, to: text.length };
    element?.focus();
    splice(Math.min(selection.from, text.length), Math.min(selection.to, text.length), wrap(source));
    last.current = null;
  };
  const openPicker = (open: boolean): void => {
    if (open && host.current) last.current = selectionIn(host.current) ?? last.current;
    setPicking(open);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      if (beside && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setEditing(beside);
        return;
      }
      event.preventDefault();
      if (multiline && host.current) {
        const selection = selectionIn(host.current);
        if (selection) splice(selection.from, selection.to, '\n');
      }
      return;
    }
    // Opens the picker as the button does, without leaving the keyboard.
    if ((event.ctrlKey || event.metaKey) && event.key === ' ') {
      event.preventDefault();
      openPicker(true);
      return;
    }
    // Typing that was turned into a pill cannot be undone by the browser; the flow's own undo does it.
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') event.preventDefault();
  };

  const described = [help ? `${id}-help` : null, error ? `${id}-error` : null, beside ? `${id}-beside` : null].filter(Boolean).join(' ');
  const accessible = name ?? (typeof label === 'string' ? label : undefined);
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <div className={cn('flex items-baseline justify-between gap-3', hideLabel && 'sr-only')}>
        {/* A label cannot point at an editable element; clicking it puts the caret there all the same. */}
        {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
        <span id={`${id}-label`} className="text-sm font-[550]" onClick={() => host.current?.focus()}>
          {label}
          {optional && <Optional />}
        </span>
        {aside}
      </div>
      <div className="relative">
        <div
          ref={host}
          role="textbox"
          contentEditable={readOnly ? false : 'plaintext-only'}
          suppressContentEditableWarning
          tabIndex={0}
          spellCheck={!mono}
          {...(accessible ? { 'aria-label': accessible } : { 'aria-labelledby': `${id}-label` })}
          aria-multiline={multiline}
          aria-readonly={readOnly || undefined}
          aria-required={required || undefined}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          data-placeholder={placeholder}
          data-field=""
          data-empty={text.trim() === ''}
          onInput={onInput}
          onKeyDown={onKeyDown}
          onKeyUp={notice}
          onFocus={notice}
          onMouseUp={notice}
          onBlur={() => setBeside(null)}
          onPaste={(event) => {
            event.preventDefault();
            const pasted = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n');
            const selection = host.current ? selectionIn(host.current) : null;
            if (selection) splice(selection.from, selection.to, multiline ? pasted : pasted.replace(/\n+/g, ' '));
          }}
          onClick={(event) => {
            const pill = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-pill]') : null;
            if (!pill || readOnly || !host.current) return;
            const at = [...host.current.childNodes].indexOf(pill as ChildNode);
            const from = [...host.current.childNodes].slice(0, at).reduce((sum, node) => sum + read(wrapNode(node)).length, 0);
            const source = pill.dataset['pill'] ?? '';
            setEditing({ from, to: from + wrap(source).length, source });
          }}
          className={cn(
            'block w-full min-w-0 overflow-y-auto rounded-sm border border-line-strong bg-surface py-[6.5px] pr-9 pl-2.5 text-base break-words whitespace-pre-wrap transition-shadow outline-none',
            'focus:border-accent focus:ring-3 focus:ring-accent-weak aria-invalid:border-bad aria-invalid:focus:ring-bad-weak',
            'data-[empty=true]:before:pointer-events-none data-[empty=true]:before:float-left data-[empty=true]:before:h-0 data-[empty=true]:before:text-fg3 data-[empty=true]:before:content-[attr(data-placeholder)]',
            multiline ? 'max-h-72 min-h-[76px] leading-[1.65]' : 'max-h-28 min-h-9 leading-[1.5]',
            mono && 'font-mono text-sm',
            readOnly && 'bg-sunken',
          )}
        />
        {!readOnly && groups.length > 0 && (
          <span className="absolute top-[4px] right-[4px]">
            <DataPicker
              open={picking}
              onOpenChange={openPicker}
              onPick={insert}
              returnFocus={() => host.current}
              trigger={
                <button
                  type="button"
                  aria-label={accessible ? `Insert data into ${accessible}` : 'Insert data'}
                  title="Insert data from an earlier step"
                  className="grid size-7 place-items-center rounded-sm text-fg3 hover:bg-hover hover:text-accent data-[state=open]:bg-accent-weak data-[state=open]:text-accent"
                >
                  <Braces aria-hidden className="size-[15px]" />
                </button>
              }
            />
          </span>
        )}
      </div>
      {beside && !editing && (
        <p id={`${id}-beside`} className="truncate text-xs text-fg3">
          <code className="font-mono">{wrap(beside.source)}</code> · Ctrl+Enter to edit
        </p>
      )}
      {editing && (
        <PillEditor
          key={editing.from}
          source={editing.source}
          onDone={(source) => {
            const { from, to } = editing;
            setEditing(null);
            host.current?.focus();
            if (source !== null) splice(from, to, source.trim() === '' ? '' : wrap(source));
            else if (host.current) placeCaret(host.current, to);
          }}
        />
      )}
      {error && (
        <div id={`${id}-error`} className="text-sm text-bad">
          {error}
        </div>
      )}
      {help && (
        <div id={`${id}-help`} className="text-xs text-fg3">
          {help}
        </div>
      )}
      {preview}
    </div>
  );
}

function wrapNode(node: Node): DocumentFragment {
  const fragment = document.createDocumentFragment();
  fragment.append(node.cloneNode(true));
  return fragment;
}

/** The expression behind a pill, in the open. `onDone(null)` changes nothing. */
function PillEditor({ source, onDone }: { source: string; onDone: (source: string | null) => void }) {
  const [text, setText] = useState(source);
  return (
    <div role="group" aria-label="Edit expression" className="flex items-center gap-1.5 rounded-sm border border-accent bg-sunken p-1.5">
      <Input
        aria-label="Expression"
        autoFocus
        value={text}
        spellCheck={false}
        className="h-8 font-mono text-sm"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            onDone(text);
          }
          if (event.key === 'Escape') {
            event.preventDefault();
            event.stopPropagation();
            onDone(null);
          }
        }}
      />
      <Tooltip content="Use this expression">
        <Button size="sm" variant="primary" onClick={() => onDone(text)}>
          Apply
        </Button>
      </Tooltip>
      <Button size="sm" variant="ghost" onClick={() => onDone('')}>
        Remove
      </Button>
    </div>
  );
}
