import { STATUS_CODES } from 'node:http';

/** What a person can do about a status, in a few words; undefined for what needs none. */
export function adviceForStatus(status: number): string | undefined {
  return ADVICE_BY_STATUS[status] ?? (status >= 500 ? 'the server failed' : undefined);
}

/** `401 Unauthorized`. */
export function statusLine(status: number): string {
  const words = STATUS_CODES[status];
  return words === undefined ? String(status) : `${status} ${words}`;
}

/** What went wrong on the way and what to do, from a code of the system, of TLS or of the HTTP parser. */
export function describeCode(code: string | undefined): string {
  if (code === undefined) return 'the connection failed';
  const known = WORDS_BY_CODE[code];
  if (known !== undefined) return `${known} (${code})`;
  if (/CERT|SIGNED|ISSUER/.test(code)) return `${UNTRUSTED} (${code})`;
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') return `${NO_TLS} (${code})`;
  if (code.startsWith('HPE_')) return `what answers there does not speak HTTP (${code})`;
  return `the connection failed (${code})`;
}

/** True when the same request may succeed a little later. */
export const isPassingCode = (code: string | undefined): boolean =>
  code === undefined || PASSING.has(code);

/** True when the same request may succeed a little later. */
export const isPassingStatus = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);

const UNTRUSTED =
  'the certificate of the server is not trusted; name its authority in NODE_EXTRA_CA_CERTS';
const NO_TLS = 'TLS could not be agreed on; check whether the URL should begin with http://';

const ADVICE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'the server refuses what was sent',
  401: 'the key or password is missing or wrong',
  403: 'the key or password does not allow this',
  404: 'nothing is there; check the URL',
  405: 'the URL does not take this; check it',
  407: 'the proxy wants a user and a password in HTTP_PROXY or HTTPS_PROXY',
  408: 'the server waited too long for the request',
  413: 'the body is too large for the server',
  415: 'the server refuses the type of the body',
  422: 'the server refuses what was sent',
  429: 'too many requests; send less often',
};

const WORDS_BY_CODE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no host has this name; check the URL and the DNS',
  EAI_AGAIN: 'the DNS does not answer',
  ECONNREFUSED: 'nothing listens there; check the URL and whether the server runs',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed before the answer was complete',
  ETIMEDOUT: 'the server cannot be reached',
  EHOSTUNREACH: 'the server cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host; check the URL',
  ERR_INVALID_CHAR: 'a header holds a character that HTTP does not allow; check key and headers',
  ERR_INVALID_URL: 'HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is not a URL',
  CERT_HAS_EXPIRED: 'the certificate of the server has expired',
};

const PASSING = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);
