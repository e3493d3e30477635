/** What is wrong with a new password, or null. The server checks the same. */
export function checkPassword(password: string): string | null {
  return [...password].length < 8 ? 'A password needs at least 8 characters.' : null;
}
