import { Field, Input } from '@/ui/field';

interface Props {
  name: string;
  typed: string;
  onTyped: (typed: string) => void;
  onEnter: () => void;
}

/** Asks for a connection's name before something that running flows would feel. */
export function NameTyped({ name, typed, onTyped, onEnter }: Props) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onEnter();
      }}
    >
      <Field
        label={
          <>
            Type <strong className="font-[650] text-fg select-all">{name}</strong> to confirm
          </>
        }
        className="text-fg"
      >
        <Input value={typed} onChange={(event) => onTyped(event.target.value)} autoComplete="off" />
      </Field>
    </form>
  );
}
