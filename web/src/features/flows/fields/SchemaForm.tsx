import { ChevronRight, Plus, X } from 'lucide-react';
import { useState } from 'react';
import type { FlowProblem, JsonSchema } from '@/api/types';
import { cn } from '@/lib/cn';
import { Button, IconButton } from '@/ui/button';
import { Field, Optional } from '@/ui/field';
import { Select } from '@/ui/select';
import { isObject, omit, type Json, type JsonObject } from '../model/document';
import { hasExpression, preview } from '../model/template';
import { useData } from './context';
import { JsonField } from './JsonField';
import { KeyValueField } from './KeyValueField';
import { OptionField } from './OptionField';
import { titleOf, toNumber, toText, typeOf } from './scalar';
import { TemplateField } from './TemplateField';

export interface SchemaFormProps {
  schema: JsonSchema;
  value: Json | undefined;
  onChange: (value: JsonObject) => void;
  /** The connection that drop-downs are read through. */
  connection: string | null;
  /** The whole input, which drop-downs may depend on. */
  input: JsonObject;
  problems: readonly FlowProblem[];
  /** Where this form stands in the step, `input` at the top. */
  path: string;
}

const SHOWN = 6;

/** The fields of an object schema. */
export function SchemaForm({ schema, value, onChange, path, ...rest }: SchemaFormProps) {
  const current = isObject(value) ? value : {};
  const required = new Set(schema.required ?? []);
  const entries = Object.entries(schema.properties ?? {});
  const set = (name: string, next: Json | undefined): void => {
    onChange(next === undefined ? omit(current, name) : { ...current, [name]: next });
  };
  const optional = entries.filter(([name]) => !required.has(name));
  const fold = optional.length > SHOWN;
  const first = fold ? entries.filter(([name]) => required.has(name) || current[name] !== undefined) : entries;
  const later = fold ? optional.filter(([name]) => current[name] === undefined) : [];
  const [open, setOpen] = useState(false);
  const draw = ([name, property]: [string, JsonSchema]) => (
    <PropertyField
      key={name}
      name={name}
      schema={property}
      value={current[name]}
      required={required.has(name)}
      path={`${path}.${name}`}
      onChange={(next) => set(name, next)}
      {...rest}
    />
  );
  return (
    <>
      {first.map(draw)}
      {later.length > 0 && (
        <>
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="-ml-1 flex items-center gap-1 self-start rounded-sm pr-2 text-sm font-[550] text-fg2 hover:text-fg"
          >
            <ChevronRight aria-hidden className={cn('size-4 transition-transform', open && 'rotate-90')} />
            {open ? 'Fewer fields' : `${later.length} more optional fields`}
          </button>
          {open && later.map(draw)}
        </>
      )}
    </>
  );
}

interface PropertyProps extends Omit<SchemaFormProps, 'onChange'> {
  name: string;
  required: boolean;
  onChange: (value: Json | undefined) => void;
}

function PropertyField(props: PropertyProps) {
  const { name, schema, value, required, path, onChange, connection, input, problems } = props;
  const label = titleOf(name, schema);
  const error = problems.find((problem) => problem.path === path)?.message;
  const common = { label, required, optional: !required, ...(schema.description ? { help: schema.description } : {}), ...(error ? { error } : {}) };
  /** An empty optional field is left out of the input. */
  const text = (next: string): void => onChange(next === '' && !required ? undefined : next);
  const type = typeOf(schema);

  if (schema.options && type !== 'array') {
    return <OptionField {...common} connection={connection} option={schema.options} input={input} value={toText(value)} onChange={text} />;
  }
  if (schema.enum) {
    return (
      <ChoiceField
        {...common}
        value={value}
        onChange={onChange}
        choices={schema.enum.map((each) => ({ value: each as Json, label: toText(each as Json) }))}
      />
    );
  }
  switch (type) {
    case 'boolean':
      return (
        <ChoiceField
          {...common}
          value={value}
          onChange={onChange}
          choices={[
            { value: true, label: 'Yes' },
            { value: false, label: 'No' },
          ]}
        />
      );
    case 'number':
    case 'integer':
      return (
        <NumberText
          {...common}
          value={value}
          onChange={(next) => onChange(next === '' && !required ? undefined : toNumber(next, type === 'integer'))}
        />
      );
    case 'array':
      return <ListField {...props} label={label} {...(error ? { error } : {})} />;
    case 'object':
      return schema.properties ? (
        <fieldset className="flex min-w-0 flex-col gap-4 rounded-sm border p-3">
          <legend className="px-1 text-sm font-[550]">{label}</legend>
          {schema.description && <p className="text-xs text-fg3">{schema.description}</p>}
          <SchemaForm {...props} onChange={(next) => onChange(!required && Object.keys(next).length === 0 ? undefined : next)} />
        </fieldset>
      ) : isObject(schema.additionalProperties) && typeOf(schema.additionalProperties as JsonSchema) === 'string' ? (
        <KeyValueField label={label} value={value} addLabel="Add" onChange={(next) => onChange(!required && Object.keys(next).length === 0 ? undefined : next)} {...(schema.description ? { help: schema.description } : {})} />
      ) : (
        <JsonField {...common} value={value} onChange={(next) => onChange(next === null && !required ? undefined : next)} />
      );
    default:
      return <TextWithPreview {...common} multiline={schema.format === 'multiline'} value={toText(value)} onChange={text} />;
  }
}

type Common = Pick<Parameters<typeof TemplateField>[0], 'help' | 'error' | 'required' | 'optional'> & { label: string };

function TextWithPreview(props: Common & { multiline: boolean; value: string; onChange: (value: string) => void }) {
  const { scope } = useData();
  const shown = props.multiline && scope && hasExpression(props.value) ? preview(props.value, scope) : null;
  return (
    <TemplateField
      {...props}
      preview={
        shown !== null && (
          <div className="rounded-sm bg-sunken px-2.5 py-2">
            <p className="text-xs font-[550] text-fg3">Preview</p>
            <p className="line-clamp-6 break-words whitespace-pre-wrap">{shown}</p>
          </div>
        )
      }
    />
  );
}

function NumberText(props: Common & { value: Json | undefined; onChange: (text: string) => void }) {
  const { literal } = useData();
  const text = toText(props.value);
  const wrong = text !== '' && typeof props.value === 'string' && !hasExpression(text);
  return <TemplateField {...props} value={text} error={wrong ? literal ? 'This must be a number.' : 'This must be a number, or data that is one.' : props.error} onChange={props.onChange} />;
}

const NONE = ' none';
const DATA = ' data';

/** One of a few values, or data. */
function ChoiceField({ value, onChange, choices, ...common }: Common & { value: Json | undefined; onChange: (value: Json | undefined) => void; choices: readonly { value: Json; label: string }[] }) {
  const { readOnly, literal } = useData();
  const at = choices.findIndex((choice) => choice.value === value);
  const [asData, setAsData] = useState(value !== undefined && at < 0);
  if (asData) {
    return (
      <TemplateField
        {...common}
        value={toText(value)}
        onChange={(next) => onChange(next === '' && common.optional ? undefined : next)}
        aside={
          !readOnly && (
            <Button variant="link" size="sm" onClick={() => { setAsData(false); onChange(common.optional ? undefined : choices[0]?.value); }}>
              Choose from a list
            </Button>
          )
        }
      />
    );
  }
  return (
    <Field {...common}>
      <Select
        value={at >= 0 ? String(at) : NONE}
        disabled={readOnly}
        options={[
          { value: NONE, label: common.optional ? 'Not set' : 'Choose…' },
          ...choices.map((choice, i) => ({ value: String(i), label: choice.label })),
          ...(literal ? [] : [{ value: DATA, label: 'Use data from a step…' }]),
        ]}
        onValueChange={(next) => {
          if (next === DATA) {
            setAsData(true);
            onChange('');
          } else onChange(next === NONE ? undefined : choices[Number(next)]?.value);
        }}
      />
    </Field>
  );
}

/** A list: one field or small form an item, or the whole list from data. */
function ListField({ label, error, ...props }: PropertyProps & { label: string; error?: string }) {
  const { readOnly, literal } = useData();
  const { schema, value, onChange, required, path } = props;
  const items = Array.isArray(value) ? value : [];
  const itemSchema = schema.items ?? { type: 'string' };
  const itemType = typeOf(itemSchema);
  const [asData, setAsData] = useState(typeof value === 'string');
  const set = (next: Json[]): void => onChange(next.length === 0 && !required ? undefined : next);
  if (asData) {
    return (
      <TemplateField
        label={label}
        required={required}
        optional={!required}
        value={toText(value)}
        error={error}
        help="Data that is a list."
        onChange={(next) => onChange(next === '' && !required ? undefined : next)}
        aside={
          !readOnly && (
            <Button variant="link" size="sm" onClick={() => { setAsData(false); set([]); }}>
              Enter items
            </Button>
          )
        }
      />
    );
  }
  const put = (at: number, next: Json): void => set(items.map((item, i) => (i === at ? next : item)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 text-sm font-[550]">
        {label}
        {!required && <Optional />}
      </legend>
      {items.map((item, at) => (
        <div key={at} className="flex items-start gap-1.5">
          {itemType === 'object' && itemSchema.properties ? (
            <fieldset className="flex min-w-0 flex-1 flex-col gap-3 rounded-sm border p-3">
              <legend className="px-1 text-xs font-[550] text-fg2">
                {label} {at + 1}
              </legend>
              <SchemaForm {...props} schema={itemSchema} value={item} path={`${path}[${at}]`} onChange={(next) => put(at, next)} />
            </fieldset>
          ) : itemType === 'object' || itemType === 'array' ? (
            <JsonField className="flex-1" label={`${label} ${at + 1}`} hideLabel value={item} onChange={(next) => put(at, next)} />
          ) : schema.options ? (
            <div className="min-w-0 flex-1">
              <OptionField
                label={`${label} ${at + 1}`}
                hideLabel
                connection={props.connection}
                option={schema.options}
                input={props.input}
                value={toText(item)}
                onChange={(next) => put(at, next)}
              />
            </div>
          ) : (
            <TemplateField
              className="flex-1"
              label={`${label} ${at + 1}`}
              hideLabel
              value={toText(item)}
              onChange={(next) => put(at, itemType === 'number' || itemType === 'integer' ? toNumber(next, itemType === 'integer') : next)}
            />
          )}
          {!readOnly && (
            <IconButton label={`Remove ${label} ${at + 1}`} className="mt-1" onClick={() => set(items.filter((_, i) => i !== at))}>
              <X />
            </IconButton>
          )}
        </div>
      ))}
      {!readOnly && (
        <div className="flex gap-2">
          <Button size="sm" variant="ghost" icon={<Plus />} onClick={() => set([...items, itemType === 'object' ? {} : ''])}>
            Add item
          </Button>
          {items.length === 0 && !literal && (
            <Button size="sm" variant="ghost" onClick={() => { setAsData(true); onChange(''); }}>
              Use a list from data
            </Button>
          )}
        </div>
      )}
      {error && <p className="text-sm text-bad">{error}</p>}
      {schema.description && <p className="text-xs text-fg3">{schema.description}</p>}
    </fieldset>
  );
}
