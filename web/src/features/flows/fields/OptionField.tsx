import { useQuery } from '@tanstack/react-query';
import { RefreshCw, Text } from 'lucide-react';
import { useState } from 'react';
import { toApiError } from '@/api/client';
import { useProject } from '@/api/session';
import { useDebounced } from '@/lib/hooks';
import { Button, IconButton } from '@/ui/button';
import { Combobox } from '@/ui/combobox';
import { Field } from '@/ui/field';
import type { JsonObject } from '../model/document';
import { hasExpression } from '../model/template';
import { optionsQuery } from '../queries';
import { useData } from './context';
import { TemplateField } from './TemplateField';

/** Plain values of the input, which a drop-down may depend on; what comes from data is not known yet. */
function plain(input: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) =>
      (typeof value === 'string' && value !== '' && !hasExpression(value)) || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value)]]
        : [],
    ),
  );
}

/** A drop-down whose values come from the app through the connection; any text or data instead is fine. */
export function OptionField({
  connection,
  option,
  input,
  value,
  onChange,
  ...common
}: {
  label: string;
  hideLabel?: boolean;
  help?: React.ReactNode;
  error?: React.ReactNode;
  required?: boolean;
  optional?: boolean;
  connection: string | null;
  option: string;
  input: JsonObject;
  value: string;
  onChange: (value: string) => void;
}) {
  const project = useProject();
  const { readOnly, literal } = useData();
  const [asText, setAsText] = useState(hasExpression(value));
  const depends = useDebounced(plain(input), 500);
  const query = useQuery({
    ...optionsQuery(project, connection ?? '', option, depends),
    enabled: connection !== null && !asText && !readOnly,
  });
  if (asText || readOnly || connection === null || query.error) {
    return (
      <TemplateField
        {...common}
        value={value}
        onChange={onChange}
        help={query.error && !asText ? `${toApiError(query.error).message} You can type the value.` : common.help}
        aside={
          !readOnly &&
          connection !== null &&
          (asText ? (
            <Button variant="link" size="sm" onClick={() => { setAsText(false); if (hasExpression(value)) onChange(''); }}>
              Choose from a list
            </Button>
          ) : (
            query.error && (
              <IconButton label={`Load ${common.label} again`} onClick={() => void query.refetch()}>
                <RefreshCw />
              </IconButton>
            )
          ))
        }
      />
    );
  }
  const options = query.data ?? [];
  const known = value === '' || options.some((each) => each.value === value);
  return (
    <Field {...common}>
      <Combobox
        value={value || null}
        onValueChange={onChange}
        loading={query.isPending}
        searchLabel={`Search ${common.label}`}
        placeholder={query.isPending ? 'Loading…' : 'Choose…'}
        options={[
          ...(known ? [] : [{ value, label: value }]),
          ...options.map((each) => ({ value: each.value, label: each.label, ...(each.label === each.value ? {} : { hint: each.value }) })),
        ]}
        pinned={{ label: literal ? 'Enter a value' : 'Enter a value or use data', icon: <Text />, onSelect: () => setAsText(true) }}
      />
    </Field>
  );
}
