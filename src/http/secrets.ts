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

/** The text on one line, at most `longest` characters, without the secrets, however they are escaped. */
export function withoutSecrets(text: string, secrets: readonly string[], longest = 200): string {
  let clean = text;
  for (const form of secrets.flatMap(formsOf).sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(form, '***');
  }
  // A secret may stand across the end of what was read: cut first, and its beginning would show.
  const line = clean.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** Origin and path: no user, no password, no query. */
export const placeOf = (url: URL): string => `${url.origin}${url.pathname}`;

/** A text as it is, and as servers write it: in JSON, in JSON within JSON, in a URL, in a form, in HTML. */
function formsOf(text: string): readonly string[] {
  const json = inJson(text);
  const ascii = json.replace(/[^ -~]/g, unicodeEscape);
  const inForm = new URLSearchParams([['', text]]).toString().slice(1);
  const inUrl = inForm.replaceAll('+', '%20');
  const encoded = [inForm, inUrl, inUrl.replaceAll('%2F', '/'), unreservedIn(inUrl)];
  const forms = [
    ...[text, json, ascii, json.replaceAll('/', '\\/'), ascii.replaceAll('/', '\\/'), inJson(json)],
    ...encoded,
    ...encoded.map((form) => form.replace(/%../g, (part) => part.toLowerCase())),
    ...["'", '&#39;', '&#x27;', '&apos;'].map((quote) => inHtml(text).replaceAll("'", quote)),
  ];
  return [...new Set(forms)];
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

const unicodeEscape = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** As `encodeURIComponent` writes it, which throws for half a surrogate pair. */
const unreservedIn = (encoded: string): string =>
  encoded.replace(/%(?:21|27|28|29|7E)/g, (part) => decodeURIComponent(part));

const inHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

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
