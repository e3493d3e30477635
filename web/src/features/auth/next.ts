/** `next` if it is a path of this site that is not a sign-in page, else the start page. */
export function safeNext(next: string | undefined): string {
  if (!next || !/^\/(?![/\\])/.test(next) || /^\/(login|setup)\b/.test(next)) return '/';
  return next;
}
