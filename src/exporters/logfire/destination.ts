import { resolve } from 'node:path';
import { ConfigurationError } from '../../errors.ts';
import { type OptionsFor, settingsFor } from '../../options/index.ts';
import {
  CREDENTIALS_DIRECTORY,
  credentialsPath,
  type LogfireCredentials,
  readCredentials,
} from './credentials.ts';
import { baseUrlOf, checkBaseUrl } from './region.ts';

export type LogfireOptions = OptionsFor<'logfire'>;

/** What the search for a token looks at beside the options. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory. */
  readonly directory: string;
}

/** Where to send, and with which right. */
export interface Destination {
  readonly token: string;
  readonly baseUrl: string;
  /** Where the token comes from, for messages: a variable, an option or a path. */
  readonly origin: string;
  /** The project's page, where the credentials file tells it. */
  readonly projectUrl: string | undefined;
  /** Further tokens of a list, to which nothing is sent. */
  readonly others: number;
}

/** What was found, or why nothing is sent. */
export type Found =
  | { readonly kind: 'destination'; readonly destination: Destination }
  /** `LOGFIRE_SEND_TO_LOGFIRE` says not to send. */
  | { readonly kind: 'off' }
  | { readonly kind: 'missing'; readonly error: ConfigurationError };

/** The surroundings of this process. */
export const ownSurroundings = (): Surroundings => ({ env: process.env, directory: process.cwd() });

/**
 * Looks for a write token: option, `LOGFIRE_TOKEN`, credentials file; the first one counts.
 * @throws ConfigurationError for an option or variable that is not valid, or a broken credentials file
 */
export function findDestination(options: LogfireOptions, surroundings: Surroundings): Found {
  const { env } = surroundings;
  const settings = settingsFor('logfire', options);
  const sends = sendMode(env);
  if (sends === 'false') return { kind: 'off' };
  const chosen = chosenBaseUrl(settings.logfireBaseUrl, env);
  const found =
    given(settings.logfireToken, 'logfireToken') ??
    given(variable(env, TOKEN), TOKEN) ??
    fromFile(credentialsDirectory(options, surroundings));
  if (found !== undefined) {
    const baseUrl = chosen ?? found.baseUrl ?? baseUrlOf(found.token);
    return { kind: 'destination', destination: { ...found, baseUrl } };
  }
  return sends === 'if-token-present' ? { kind: 'off' } : { kind: 'missing', error: noToken() };
}

/** Directory of the credentials file: option, `LOGFIRE_CREDENTIALS_DIR`, `.logfire`; an absolute path. */
export function credentialsDirectory(
  options: LogfireOptions,
  { env, directory }: Surroundings,
): string {
  const { logfireCredentialsDir } = settingsFor('logfire', options);
  const chosen = logfireCredentialsDir ?? variable(env, 'LOGFIRE_CREDENTIALS_DIR');
  return resolve(directory, chosen ?? CREDENTIALS_DIRECTORY);
}

/**
 * Base URL that somebody chose, by option or `LOGFIRE_BASE_URL`.
 * @throws ConfigurationError for one that is no address
 */
export function chosenBaseUrl(
  option: string | undefined,
  env: Surroundings['env'],
): string | undefined {
  if (option !== undefined) return checkBaseUrl(option, 'logfireBaseUrl');
  const raw = variable(env, BASE_URL);
  return raw === undefined ? undefined : checkBaseUrl(raw, BASE_URL);
}

const TOKEN = 'LOGFIRE_TOKEN';
const BASE_URL = 'LOGFIRE_BASE_URL';
const SEND = 'LOGFIRE_SEND_TO_LOGFIRE';

type Right = Omit<Destination, 'baseUrl'> & { readonly baseUrl: string | undefined };

/** Logfire's own tools take several tokens, separated by commas; here the first one counts. */
function given(raw: string | undefined, as: string): Right | undefined {
  const tokens = (raw ?? '').split(',').map((part) => part.trim());
  const [token, ...others] = tokens.filter((part) => part !== '');
  if (token === undefined) return undefined;
  const origin = { origin: as, baseUrl: undefined, projectUrl: undefined };
  return { ...origin, token: checkToken(token, as), others: others.length };
}

function fromFile(directory: string): Right | undefined {
  const read: Partial<LogfireCredentials> | undefined = readCredentials(directory);
  if (read?.token === undefined) return undefined;
  const origin = credentialsPath(directory);
  const { logfire_api_url: url, project_url: projectUrl } = read;
  const baseUrl = url === undefined ? undefined : checkBaseUrl(url, origin);
  return { token: checkToken(read.token, origin), origin, baseUrl, projectUrl, others: 0 };
}

/** A token goes into a header: what cannot stand there is refused without being shown. */
function checkToken(token: string, as: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ConfigurationError(
    as,
    `${as}: not a Logfire write token (it holds blanks or characters that no token has).`,
  );
}

type SendMode = 'true' | 'false' | 'if-token-present';

const SEND_MODES: Readonly<Record<string, SendMode>> = {
  true: 'true',
  '1': 'true',
  t: 'true',
  false: 'false',
  '0': 'false',
  f: 'false',
  'if-token-present': 'if-token-present',
};

function sendMode(env: Surroundings['env']): SendMode {
  const raw = variable(env, SEND);
  if (raw === undefined) return 'true';
  const mode = SEND_MODES[raw.toLowerCase()];
  if (mode !== undefined) return mode;
  throw new ConfigurationError(
    SEND,
    `${SEND}: ${JSON.stringify(raw)} is not valid; allowed: true, false, if-token-present.`,
  );
}

function variable(env: Surroundings['env'], name: string): string | undefined {
  const raw = env[name]?.trim();
  return raw === '' ? undefined : raw;
}

const noToken = (): ConfigurationError =>
  new ConfigurationError(
    'logfireToken',
    `logfireToken: there is no write token for Logfire; set ${TOKEN}, or run \`codecarbon-otel logfire login\` once in this directory.`,
  );
