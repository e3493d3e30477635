import { useMutation } from '@tanstack/react-query';
import { Braces, Play, X } from 'lucide-react';
import { useState } from 'react';
import { toApiError } from '@/api/client';
import { JsonView } from '@/features/runs/JsonView';
import { Button, IconButton } from '@/ui/button';
import { Field, Textarea } from '@/ui/field';
import { FormError, Note } from '@/ui/states';
import { isObject, needsInput, type FlowDocument } from '../model/document';

/** What was last given as input, for as long as the page is open. */
const remembered = new Map<string, string>();

function emptyInput(document: FlowDocument): Record<string, unknown> {
  return document.trigger.kind === 'webhook' ? { body: {} } : {};
}

/** Whether a step may read what the trigger brings. */
function readsTrigger(document: FlowDocument): boolean {
  return JSON.stringify(document.steps).includes('trigger');
}

/** The text to begin with: what was given last, else what a run has brought, else an empty input. */
export function startingInput(flowId: string, document: FlowDocument, sample: unknown): string {
  const last = remembered.get(flowId);
  if (last !== undefined) return last;
  const empty = emptyInput(document);
  const known = document.trigger.kind === 'webhook' && isObject(sample) ? { query: sample['query'] ?? {}, body: sample['body'] ?? null } : sample;
  const text = JSON.stringify(isObject(known) ? known : empty, null, 2);
  // A hidden secret is no input.
  return text.includes('***REDACTED***') ? JSON.stringify(empty, null, 2) : text;
}

/** Asks for the trigger's data and starts a test (or, `live`, a run of the published version). */
export function TestPanel({
  flowId,
  document,
  sample,
  item,
  live,
  onStart,
  onClose,
}: {
  flowId: string;
  document: FlowDocument;
  sample: unknown;
  /** The item of the app that was loaded as the trigger's sample. */
  item: unknown;
  live: boolean;
  onStart: (input: unknown) => Promise<void>;
  onClose: () => void;
}) {
  const [text, setText] = useState(() => startingInput(flowId, document, sample));
  const [fault, setFault] = useState<string | null>(null);
  // Where no step reads it, input is asked for only from those who want to give some.
  const [giving, setGiving] = useState(() => readsTrigger(document) || remembered.has(flowId));
  const folded = needsInput(document) && !giving;
  const start = useMutation({ mutationFn: onStart, meta: { shown: true } });
  const go = (): void => {
    if (start.isPending) return;
    if (document.trigger.kind === 'app') {
      start.mutate(item ?? {});
      return;
    }
    if (folded) {
      start.mutate(emptyInput(document));
      return;
    }
    let input: unknown;
    try {
      input = text.trim() === '' ? {} : JSON.parse(text);
    } catch {
      setFault('This is not valid JSON. Check quotes, commas and brackets.');
      return;
    }
    setFault(null);
    remembered.set(flowId, text);
    start.mutate(input);
  };
  const webhook = document.trigger.kind === 'webhook';
  const withData = needsInput(document) ? giving : item !== undefined;
  return (
    <section aria-label={live ? 'Run now' : 'Test input'} className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-2 border-b px-5 py-3 max-md:px-4">
        <div className="min-w-0 flex-1">
          <h2 className="text-base">{live ? 'Run the published version' : 'Test this draft'}</h2>
          <p className="text-xs text-fg3">{live ? (withData ? 'It really runs, with these data.' : 'It really runs.') : 'Every step really runs, one after the other.'}</p>
        </div>
        <IconButton label="Close" onClick={onClose}>
          <X />
        </IconButton>
      </div>
      <form
        className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-5 py-4 max-md:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        {folded ? (
          <Button className="self-start" icon={<Braces aria-hidden />} onClick={() => setGiving(true)}>
            Give it input
          </Button>
        ) : needsInput(document) ? (
          <Field
            label={webhook ? 'What the webhook receives' : 'Input'}
            error={fault}
            help={
              webhook
                ? 'JSON with method, headers, query and body; anything else is taken as the body. Ctrl+Enter runs it.'
                : 'JSON that steps find as “Trigger · input”. Ctrl+Enter runs it.'
            }
          >
            <Textarea
              value={text}
              autoFocus
              spellCheck={false}
              rows={12}
              className="font-mono text-sm"
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault();
                  go();
                }
              }}
            />
          </Field>
        ) : document.trigger.kind === 'schedule' ? (
          <Note>The schedule brings no data of its own in a test.</Note>
        ) : item === undefined ? (
          <Note>The newest item of the app goes in. Load a sample in the trigger to choose another one.</Note>
        ) : (
          <div className="flex flex-col gap-1.5">
            <p className="text-sm font-[550]">The item that goes in</p>
            <JsonView value={item} label="Item" />
          </div>
        )}
        <FormError error={start.error ? toApiError(start.error) : null} />
        <Button type="submit" variant="primary" size="lg" autoFocus={folded} busy={start.isPending} icon={<Play aria-hidden />}>
          {live ? 'Run now' : 'Run test'}
        </Button>
      </form>
    </section>
  );
}
