/**
 * The words of a request that may appear in no message: values of its headers (schemes like `Bearer`
 * apart, and what is in a `Basic`), user and password and query values of its URL.
 */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>>): readonly string[] {
  const inHeaders = Object.entries(headers)
    .filter(([name]) => !HARMLESS.has(name.toLowerCase()))
    .flatMap(([, value]) => [value, ...credentialsOf(value)]);
  const inUrl = [url.username, url.password, ...url.searchParams.values()];
  const words = [...inHeaders, ...inUrl, ...inUrl.map(decoded)];
  const long = [...new Set(words)].filter((word) => word.length >= SHORTEST);
  return long.sort((a, b) => b.length - a.length);
}

/** The text on one line, at most `longest` characters, without the secrets. */
export function withoutSecrets(text: string, secrets: readonly string[], longest = 200): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  // A secret may stand across the end of what was read: cut first, and its beginning would show.
  const line = clean.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** Origin and path: no user, no password, no query. */
export const placeOf = (url: URL): string => `${url.origin}${url.pathname}`;

const SHORTEST = 4;

/** Headers whose values everybody knows. */
const HARMLESS = new Set(['accept', 'content-type', 'content-encoding', 'user-agent']);

function credentialsOf(value: string): readonly string[] {
  const [, scheme, rest = ''] = /^(\w+) (.+)$/.exec(value) ?? [];
  if (scheme?.toLowerCase() !== 'basic') return rest === '' ? [] : [rest];
  const pair = Buffer.from(rest, 'base64').toString();
  return [rest, pair, pair.slice(pair.indexOf(':') + 1)];
}

/** A part of a URL as its author wrote it. */
export function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
