import type { About } from './declaration.ts';

type Headers = Readonly<Record<string, string>>;

/** `name=value` separated by commas, values percent-encoded, as in `OTEL_EXPORTER_OTLP_HEADERS`; or an object. */
export function headers<const About_ extends About<Headers>>(key: string, about: About_) {
  return {
    key,
    allowed: 'name=value,name=value with names and values that HTTP allows, or an object of them',
    parse: (raw: unknown): Headers | undefined => {
      const pairs = typeof raw === 'string' ? splitPairs(raw) : entriesOf(raw);
      return pairs?.every(isHeader) ? Object.fromEntries(pairs) : undefined;
    },
    isSecret: true as const,
    shown: () => '***',
    ...about,
  };
}

function splitPairs(raw: string): readonly (readonly [string, string])[] | undefined {
  const parts = raw.split(',').filter((part) => part.trim() !== '');
  try {
    return parts.map((part) => {
      const [name = '', ...rest] = part.split('=');
      return [name.trim(), decodeURIComponent(rest.join('=').trim())] as const;
    });
  } catch {
    return undefined;
  }
}

const entriesOf = (raw: unknown): readonly (readonly [string, unknown])[] | undefined =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : undefined;

/** Headers that say how a message is cut are ours to set. */
const FRAMING = /^(connection|content-length|expect|host|te|trailer|transfer-encoding|upgrade)$/i;

function isHeader(pair: readonly [string, unknown]): pair is [string, string] {
  const [name, value] = pair;
  const isName = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !FRAMING.test(name);
  return isName && typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]+$/.test(value);
}
