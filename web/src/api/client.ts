/** The one way to the HTTP API: JSON in and out, refusals as {@link ApiError}, a lost session announced once. */

import { earlyAnswer } from './early';

/** A refusal by the server, or no answer from it (`status` 0, code `NETWORK`). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  /** Seconds to wait before another try, from `Retry-After`. */
  readonly retryAfter: number | null;

  constructor(init: {
    code: string;
    message: string;
    status: number;
    details?: Record<string, unknown> | null;
    requestId?: string | null;
    retryAfter?: number | null;
  }) {
    super(init.message);
    this.name = 'ApiError';
    this.code = init.code;
    this.status = init.status;
    this.details = init.details ?? {};
    this.requestId = init.requestId ?? null;
    this.retryAfter = init.retryAfter ?? null;
  }

  /** Messages by form field of a `VALIDATION_FAILED` refusal. */
  get fields(): Record<string, string> {
    const fields = this.details['fields'];
    if (typeof fields !== 'object' || fields === null) return {};
    return Object.fromEntries(
      Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  }
}

/** Any thrown value as an {@link ApiError}, so that screens have one shape to show. */
export function toApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError({ code: 'UNEXPECTED', message: 'The page met an error it did not expect.', status: 0 });
}

export type QueryValue = string | number | boolean | null | undefined;

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Do not raise the sign-in dialog on 401: the caller deals with it. */
  anonymous?: boolean;
}

/** An answer together with the headers a caller may need (`ETag`). */
export interface ApiAnswer<T> {
  data: T;
  headers: Headers;
}

const sessionLost = new Set<() => void>();

/** Calls `listener` whenever the server says that the session has ended. Returns the way to stop. */
export function onSessionLost(listener: () => void): () => void {
  sessionLost.add(listener);
  return () => sessionLost.delete(listener);
}

/** Path with its query string; null, undefined and empty values are left out. */
export function withQuery(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function failure(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id');
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  try {
    const answer = (await response.json()) as {
      error?: { code?: string; message?: string; details?: Record<string, unknown>; requestId?: string };
    };
    if (answer.error?.code) {
      return new ApiError({
        code: answer.error.code,
        message: answer.error.message ?? 'The server refused this without saying why.',
        status: response.status,
        details: answer.error.details ?? null,
        requestId: answer.error.requestId ?? requestId,
        retryAfter,
      });
    }
  } catch {
    // Not our JSON: something between us and the server answered.
  }
  if (response.status >= 502 && response.status <= 504) {
    return new ApiError({
      code: 'UNAVAILABLE',
      message: 'Patchbay is not answering at the moment; it may be restarting. Try again in a few seconds.',
      status: response.status,
      requestId,
      retryAfter,
    });
  }
  return new ApiError({
    code: 'UNREADABLE_ANSWER',
    message: `The server answered ${response.status} in a form this page does not understand.`,
    status: response.status,
    requestId,
    retryAfter,
  });
}

async function send<T>(method: string, path: string, options: RequestOptions): Promise<ApiAnswer<T>> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  const url = withQuery(`/api/v1${path}`, options.query);
  if (method === 'GET') {
    const early = await earlyAnswer(url);
    if (early !== null) return { data: JSON.parse(early) as T, headers: new Headers() };
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError({
      code: 'NETWORK',
      message: 'The Patchbay server cannot be reached. Check that it runs and that you are online.',
      status: 0,
    });
  }
  if (!response.ok) {
    const error = await failure(response);
    if (error.status === 401 && error.code === 'UNAUTHENTICATED' && !options.anonymous) {
      sessionLost.forEach((listener) => listener());
    }
    throw error;
  }
  if (response.status === 204 || response.headers.get('content-length') === '0') {
    return { data: undefined as T, headers: response.headers };
  }
  const text = await response.text();
  try {
    return { data: (text ? JSON.parse(text) : undefined) as T, headers: response.headers };
  } catch {
    throw new ApiError({
      code: 'UNREADABLE_ANSWER',
      message: 'The server sent something this page does not understand. Reload the page.',
      status: response.status,
      requestId: response.headers.get('x-request-id'),
    });
  }
}

/**
 * Typed calls; `path` is what follows `/api/v1`. `T` is the answer's shape from `api/types.ts`.
 * Throws {@link ApiError}.
 */
export const api = {
  get: async <T>(path: string, options: RequestOptions = {}): Promise<T> => (await send<T>('GET', path, options)).data,
  post: async <T>(path: string, body?: unknown, options: RequestOptions = {}): Promise<T> =>
    (await send<T>('POST', path, { ...options, body: body ?? {} })).data,
  put: async <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> =>
    (await send<T>('PUT', path, { ...options, body })).data,
  patch: async <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> =>
    (await send<T>('PATCH', path, { ...options, body })).data,
  delete: async (path: string, options: RequestOptions = {}): Promise<void> => {
    await send<unknown>('DELETE', path, options);
  },
  /** For callers that need the answer's headers, such as the `ETag` of a draft. */
  send,
};
