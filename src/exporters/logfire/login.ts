import { homedir } from 'node:os';
import { basename } from 'node:path';
import { ConfigurationError } from '../../errors.ts';
import { type LoginIo, pick } from './ask.ts';
import { chooseProject, type Wishes } from './choose-project.ts';
import { readCredentials, writeCredentials } from './credentials.ts';
import {
  chosenBaseUrl,
  credentialsDirectory,
  findDestination,
  type LogfireOptions,
  ownSurroundings,
  type Surroundings,
} from './destination.ts';
import { logInByBrowser, PATIENCE, type Patience } from './device-login.ts';
import { LogfireLoginError } from './login-error.ts';
import { REGION_NAMES, REGIONS, type Region } from './region.ts';
import { isUnauthorized, openAccount, projectOfToken, type WriteToken } from './service.ts';
import { terminalIo } from './terminal.ts';
import { isExpired, keepUserToken, readUserTokens, type UserToken } from './user-tokens.ts';

export interface LoginOptions {
  /** Options of the exporter: base URL and directory. */
  readonly options?: LogfireOptions;
  readonly region?: Region | undefined;
  readonly project?: string | undefined;
  readonly organization?: string | undefined;
  readonly io?: LoginIo;
  readonly surroundings?: Surroundings;
  /** Home directory, of Logfire's user tokens. */
  readonly home?: string;
  readonly patience?: Patience;
}

/** What a log-in has made. */
export interface LoggedIn {
  readonly projectName: string;
  readonly projectUrl: string;
  /** The credentials file. */
  readonly path: string;
}

/**
 * Logs a person in to Logfire (unless they are), lets them choose or make a project, and writes the
 * credentials file from which the exporter takes its token.
 * @throws LogfireLoginError, DeliveryError or ConfigurationError, each with a message for a person
 */
export async function logInToLogfire(given: LoginOptions = {}): Promise<LoggedIn> {
  const { options = {}, surroundings = ownSurroundings(), io = terminalIo() } = given;
  const directory = credentialsDirectory(options, surroundings);
  const baseUrl = await chooseBaseUrl(given, surroundings, io);
  const wishes: Wishes = {
    project: given.project,
    organization: given.organization,
    suggestion: suggestName(surroundings.directory),
  };
  const token = await withAccount(baseUrl, given, io, (user) =>
    chooseProject(openAccount(baseUrl, user), wishes, io),
  );
  const path = writeCredentials(directory, {
    token: token.token,
    project_name: token.projectName,
    project_url: token.projectUrl,
    logfire_api_url: baseUrl,
  });
  const { projectName, projectUrl } = token;
  return { projectName, projectUrl, path };
}

/**
 * Makes sure that the exporter has a write token: for the trackers and the command line, before they make
 * it. Resolves with false when `LOGFIRE_SEND_TO_LOGFIRE` says not to send. Where there is no token and a
 * person sits at the terminal, they are asked to log in.
 * @param given `interactive: false` asks nobody; default: whether there is a terminal
 * @throws ConfigurationError that names the variable when there is no token and nobody to ask
 */
export async function ensureLogfireCredentials(
  given: LoginOptions & { readonly interactive?: boolean } = {},
): Promise<boolean> {
  const { options = {}, surroundings = ownSurroundings(), io = terminalIo() } = given;
  const found = findDestination(options, surroundings);
  if (found.kind !== 'missing') return found.kind === 'destination';
  if (!(given.interactive ?? true) || io.ask === undefined) throw found.error;
  io.write('To send to Logfire you need a project there and the right to write into it.\n');
  const answer = await io.ask('Log in now? [Y/n]: ');
  if (/^n/i.test(answer.trim())) throw found.error;
  const { projectName, projectUrl, path } = await logInToLogfire({ ...given, io });
  io.write(
    `Sending to the project ${projectName}: ${projectUrl}\nThe write token is in ${path}.\n`,
  );
  return true;
}

/**
 * The project that this directory's credentials file leads to; undefined when there is no such file, or
 * Logfire does not take its token (any more).
 */
export async function presentProject(
  options: LogfireOptions,
  surroundings: Surroundings,
): Promise<Pick<WriteToken, 'projectName' | 'projectUrl'> | undefined> {
  const directory = credentialsDirectory(options, surroundings);
  if (!hasCredentials(directory)) return undefined;
  // The file alone: a token from a variable is nothing that a log-in could change.
  const env = { LOGFIRE_BASE_URL: surroundings.env.LOGFIRE_BASE_URL };
  const found = findDestination({ ...options, logfireToken: undefined }, { ...surroundings, env });
  if (found.kind !== 'destination') return undefined;
  return projectOfToken(found.destination.baseUrl, found.destination.token);
}

/** A broken file is no reason not to log in: it will be written anew. */
function hasCredentials(directory: string): boolean {
  try {
    return readCredentials(directory) !== undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

/** Acts with a user token that is valid: the one that is kept, or a new one. */
async function withAccount<Result>(
  baseUrl: string,
  { home = homedir(), patience = PATIENCE }: LoginOptions,
  io: LoginIo,
  act: (user: UserToken) => Promise<Result>,
): Promise<Result> {
  const kept = (await readUserTokens(home)).get(baseUrl);
  if (kept !== undefined && !isExpired(kept)) {
    try {
      return await act(kept);
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
    }
  }
  if (kept !== undefined) io.write('Your log-in to Logfire has expired.\n');
  const fresh = await logInByBrowser(baseUrl, io, patience);
  const path = await keepUserToken(home, baseUrl, fresh);
  io.write(`Logged in; the log-in is kept in ${path}.\n`);
  return act(fresh);
}

/** Option, variable, region, the only log-in there is; else the person is asked. */
async function chooseBaseUrl(
  { options = {}, region, home = homedir() }: LoginOptions,
  { env }: Surroundings,
  io: LoginIo,
): Promise<string> {
  if (region !== undefined) return REGIONS[region];
  const chosen = chosenBaseUrl(options.logfireBaseUrl, env);
  if (chosen !== undefined) return chosen;
  const logins = [...(await readUserTokens(home))].filter(([, token]) => !isExpired(token));
  const [only, ...others] = logins;
  if (only !== undefined && others.length === 0) return only[0];
  if (io.ask === undefined) {
    const flags = REGION_NAMES.map((name) => `--region ${name}`).join(' or ');
    throw new LogfireLoginError(`Name the region in which Logfire is to keep the data: ${flags}.`);
  }
  const show = (name: Region): string => `${name.toUpperCase()} (${REGIONS[name]})`;
  return REGIONS[await pick(REGION_NAMES, 'In which region is your data?', show, io, io.ask)];
}

const LONGEST_NAME = 41;

/** The directory's name in the letters that a project may have. */
function suggestName(directory: string): string {
  const letters = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_NAME);
  return letters.replace(/^-+|-+$/g, '') || 'codecarbon';
}
