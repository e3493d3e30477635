/** Reading search parameters of an address: what is not as it should be is left out, never an error. */

type Reader<T> = (value: unknown) => T | undefined;
type Shape = Record<string, Reader<unknown>>;
/** What a shape of readers reads. */
export type SearchOf<S extends Shape> = { [K in keyof S]?: ReturnType<S[K]> };

/** Text, and nothing else. */
export const text: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);

/** Text that may look like a number or a truth value: what somebody typed into a search field. */
export const typed: Reader<string> = (value) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** `true` or `false`. */
export const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** One of these words. */
export function oneOf<const T extends readonly string[]>(words: T): Reader<T[number]> {
  return (value) => words.find((word) => word === value);
}

/**
 * A reader of a whole address: `validateSearch` of a route. What is not as it should be is named as undefined: the router
 * lays the answer over the raw address, so that a word that is merely left out would come through.
 */
export function search<S extends Shape>(shape: S): (from: Record<string, unknown>) => SearchOf<S> {
  return (from) => {
    const read: Record<string, unknown> = {};
    for (const [name, reader] of Object.entries(shape)) {
      read[name] = reader(from[name]);
    }
    return read as SearchOf<S>;
  };
}
