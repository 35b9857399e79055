import type { Configuration } from '../config/index.ts';
import { optionsOf } from '../config/index.ts';
import { ConfigurationError, nearestWord } from '../errors.ts';
import type { LoginIo } from '../exporters/logfire/ask.ts';
import { logInToLogfire, presentProject } from '../exporters/logfire/login.ts';
import { cancelled, LogfireLoginError } from '../exporters/logfire/login-error.ts';
import { isRegion, REGION_NAMES, type Region } from '../exporters/logfire/region.ts';
import { DeliveryError } from '../http.ts';
import { codeOf } from './child.ts';
import type { Io } from './io.ts';
import { personAt } from './person.ts';

/** Flags of `codecarbon-otel logfire login`. */
export interface LoginFlags {
  readonly region?: string;
  readonly project?: string;
  readonly organization?: string;
}

const FAILED = 1;

/**
 * Logs in to Logfire and writes the credentials file of this directory. Returns the exit code; 130 when
 * the person left.
 * @throws ConfigurationError for a region that does not exist, or a variable that is not valid
 */
export async function loginToLogfire(
  flags: LoginFlags,
  configuration: Configuration,
  io: Io,
): Promise<number> {
  const region = flags.region === undefined ? undefined : checkRegion(flags.region);
  return loggingIn(io, () => login({ ...flags, region }, configuration, personAt(io), io));
}

/** Acts until a signal asks the program to end, and tells a log-in that failed. Returns the exit code. */
export async function loggingIn(io: Io, act: () => Promise<unknown>): Promise<number> {
  const left = leaving(io);
  try {
    await Promise.race([act(), left.promise]);
    return 0;
  } catch (error) {
    if (!(error instanceof LogfireLoginError || error instanceof DeliveryError)) throw error;
    const isLeft = error instanceof LogfireLoginError && error.cancelled;
    io.stderr.write(`${isLeft ? '' : 'error: '}${error.message}\n`);
    return isLeft ? codeOf(left.signal() ?? 'SIGINT') : FAILED;
  } finally {
    left.stop();
  }
}

async function login(
  flags: Omit<LoginFlags, 'region'> & { readonly region: Region | undefined },
  configuration: Configuration,
  person: LoginIo,
  { surroundings, stdout, stderr }: Io,
): Promise<void> {
  const { logfireToken: _, ...options } = optionsOf(configuration, 'logfire');
  if (flags.region === undefined && flags.project === undefined) {
    const present = await presentProject(options, surroundings);
    if (present !== undefined) {
      stdout.write(`This directory sends to ${shown(present)} already; --project changes it.\n`);
      return;
    }
  }
  const { home } = surroundings;
  const made = await logInToLogfire({
    ...flags,
    ...(home !== undefined && { home }),
    options,
    io: person,
    surroundings,
  });
  stdout.write(`Sending to ${shown(made)}\nThe write token is in ${made.path}\n`);
  if (surroundings.env.LOGFIRE_TOKEN !== undefined) {
    stderr.write('warning: LOGFIRE_TOKEN is set, and counts before that file.\n');
  }
}

const shown = (project: { readonly projectName: string; readonly projectUrl: string }): string =>
  `the project ${project.projectName} (${project.projectUrl})`;

function checkRegion(word: string): Region {
  const lower = word.toLowerCase();
  if (isRegion(lower)) return lower;
  const nearest = nearestWord(word, REGION_NAMES);
  const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  throw new ConfigurationError(
    '--region',
    `--region: ${JSON.stringify(word)} is not valid; allowed: ${REGION_NAMES.join(', ')}.${hint}`,
  );
}

interface Leaving {
  /** Rejects when a signal asks the program to end. */
  readonly promise: Promise<never>;
  readonly signal: () => NodeJS.Signals | undefined;
  readonly stop: () => void;
}

function leaving(io: Io): Leaving {
  let asked: NodeJS.Signals | undefined;
  let stop = (): void => {};
  const promise = new Promise<never>((_resolve, reject) => {
    stop = io.onSignal((signal) => {
      asked = signal;
      reject(cancelled());
    });
  });
  promise.catch(() => {});
  return { promise, signal: () => asked, stop };
}
