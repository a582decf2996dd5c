/**
 * What somebody typed or pasted, without the characters nobody can see: control characters, which no name or label may
 * have and Postgres does not take, and those that turn the direction of reading. White space stays.
 */
export function typed(text: string): string {
  return text.replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, (one) =>
    /\s/.test(one) ? one : "",
  );
}
