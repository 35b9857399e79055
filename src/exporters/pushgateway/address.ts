import { badValue } from '../../errors.ts';

/** Where a Pushgateway is, and who we are to it. */
export interface GatewayAddress {
  /** With the path before `/metrics`, without user, query and the slash at the end. */
  readonly root: string;
  /** `Authorization`, where there is a user. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the options say of the gateway. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const ALLOWED = 'an address such as http://localhost:9091 or https://push.example.org/prefix';

/**
 * Reads an address, whose scheme may be missing (`localhost:9091`). User and password: the options, else
 * those in the address, else `PROMETHEUS_USERNAME` and `PROMETHEUS_PASSWORD`.
 * @throws ConfigurationError for what is no address of a web server; it does not repeat a password
 */
export function readAddress(given: string, credentials: Credentials = {}): GatewayAddress {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw badValue('prometheusUrl', withoutSecrets(given), ALLOWED);
  }
  return {
    root: url.origin + url.pathname.replace(/\/+$/, ''),
    headers: authorization(credentials, url),
  };
}

function authorization(given: Credentials, url: URL): Record<string, string> {
  const { PROMETHEUS_USERNAME, PROMETHEUS_PASSWORD } = process.env;
  const places: readonly Credentials[] = [
    given,
    { username: decoded(url.username), password: decoded(url.password) },
    { username: PROMETHEUS_USERNAME, password: PROMETHEUS_PASSWORD },
  ];
  const username = places.find((place) => place.username)?.username ?? '';
  const password = places.find((place) => place.password)?.password ?? '';
  if (username === '' && password === '') return {};
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

const withoutSecrets = (address: string): string =>
  address.replace(/\/\/.*@|^.*@/, '//***@').replace(/[?#].*/, '?***');

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
