import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Configuration, optionsOf } from '../config/index.ts';
import { CodeCarbonInstrumentation } from '../instrument/index.ts';
import { type Settings, settingsFor } from '../options/index.ts';
import { type EmissionsRecord, RECORD_FIELDS, toRecords } from '../record/index.ts';
import {
  chosenOutputs,
  type Ended,
  logInFirst,
  openOutput,
  readOtelSettings,
  type Session,
  startSession,
} from '../session/index.ts';
import { codeOf, runCommand } from './child.ts';
import type { Io } from './io.ts';
import { liveLine } from './live.ts';
import { personAt, stderrLogger } from './person.ts';
import { openScrape } from './scrape.ts';
import { logTo, openScreen, type Screen } from './screen.ts';
import { summary } from './summary.ts';

type CliSettings = Settings<'cli'>;

/**
 * Measures the machine while a command runs, or without one until a signal or the end of `duration`.
 * Returns the command's exit code; without a command 1 if the row could not be written.
 * @throws ConfigurationError before anything is started
 */
export async function monitor(
  configuration: Configuration,
  command: readonly string[] | undefined,
  io: Io,
): Promise<number> {
  const settings = settingsFor('cli', optionsOf(configuration, 'cli'));
  const screen = openScreen(io);
  logTo(screen, settings.logLevel);
  for (const warning of configuration.warnings) warn(screen, settings, warning);
  const otel = readOtelSettings();
  if (otel.disabled) return runUnmeasured(command, io, screen);
  const outputs = await openOutputs(configuration, io);
  if (typeof outputs === 'number') return outputs;
  const scrape = await openScrape(configuration, otel, screen);
  const session = startSession({
    configuration,
    otel,
    instrumentation: new CodeCarbonInstrumentation(optionsOf(configuration, 'instrumentation')),
    outputs,
    readers: scrape === undefined ? [] : [scrape.reader],
    onFailure: (error) => screen.say(`error: ${error.message}`),
  });
  // Before the first word: who reads it may answer with a signal at once.
  const running =
    command === undefined ? untilAsked(settings.duration, io) : untilEnded(command, io, screen);
  announce(scrape?.url, settings, command, screen);
  const stopLive = showLive(session, command, configuration, io, screen);
  const code = await running;
  stopLive();
  const ended = await session.stop();
  const told = tell(ended, configuration, settings, command, io, screen);
  return command === undefined && !told ? FAILED : code;
}

const FAILED = 1;

function warn(screen: Screen, { logLevel }: CliSettings, warning: string): void {
  if (logLevel !== 'error' && logLevel !== 'critical') screen.say(`warning: ${warning}`);
}

/** The outputs that are chosen; an exit code where a log-in that one of them needs did not succeed. */
async function openOutputs(
  configuration: Configuration,
  io: Io,
): Promise<readonly PushMetricExporter[] | number> {
  const given = { person: personAt(io), logger: stderrLogger(io) };
  const chosen = chosenOutputs(configuration, given);
  if (chosen.includes('logfire')) {
    const { loggingIn } = await import('./logfire.ts');
    const code = await loggingIn(io, () => logInFirst(configuration, given.person));
    if (code !== 0) return code;
  }
  return Promise.all(chosen.map((output) => openOutput(output, configuration, given)));
}

async function runUnmeasured(
  command: readonly string[] | undefined,
  io: Io,
  screen: Screen,
): Promise<number> {
  screen.say('warning: OTEL_SDK_DISABLED is true: nothing is measured.');
  return command === undefined ? 0 : untilEnded(command, io, screen);
}

/** One line at the start; none when a command has the screen and nothing is served. */
function announce(
  url: string | undefined,
  { duration }: CliSettings,
  command: readonly string[] | undefined,
  screen: Screen,
): void {
  const until = duration > 0 ? `for ${duration} s` : 'until Ctrl-C';
  const served = url === undefined ? '' : `; metrics on ${url}`;
  if (command === undefined) screen.say(`Measuring this machine ${until}${served}.`);
  else if (url !== undefined) screen.say(`Measuring this machine${served}.`);
}

async function untilEnded(command: readonly string[], io: Io, screen: Screen): Promise<number> {
  const { code, message } = await runCommand(command, io);
  if (message !== undefined) screen.say(`error: ${message}`);
  return code;
}

/** Waits for the first signal, or for the end of the time. A second signal ends the program on the spot. */
function untilAsked(duration: number, io: Io): Promise<number> {
  return new Promise((resolve) => {
    // A timer of its own keeps the process alive: those of the measurement do not.
    const timer =
      duration > 0
        ? setTimeout(() => resolve(0), duration * 1000)
        : setInterval(() => undefined, LONGEST_TIMER_MILLIS);
    let asked = false;
    io.onSignal((signal) => {
      if (asked) io.exit(codeOf(signal));
      asked = true;
      clearTimeout(timer);
      resolve(0);
    });
  });
}

const LONGEST_TIMER_MILLIS = 2 ** 30;

/**
 * Shows the present state on a terminal once a sample; returns what ends it. While a command runs the lines
 * of the terminal are the command's own, and the state goes into the window's title.
 */
function showLive(
  session: Session,
  command: readonly string[] | undefined,
  configuration: Configuration,
  { stderr }: Io,
  screen: Screen,
): () => void {
  if (!stderr.isTerminal) return () => undefined;
  const { measurePowerSecs } = settingsFor(
    'instrumentation',
    optionsOf(configuration, 'instrumentation'),
  );
  let isOver = false;
  const show = async (): Promise<void> => {
    const line = liveLine(await session.peek());
    if (isOver) return;
    if (command === undefined) screen.live(line);
    else screen.title(line);
  };
  const timer = setInterval(() => void show().catch(() => undefined), 1000 * measurePowerSecs);
  return () => {
    isOver = true;
    clearInterval(timer);
    screen.clear();
  };
}

/** Prints the summary, and the record where it is asked for; false when there is none or it is not written. */
function tell(
  { metrics, file, failures }: Ended,
  configuration: Configuration,
  { json }: CliSettings,
  command: readonly string[] | undefined,
  { stdout, stderr }: Io,
  screen: Screen,
): boolean {
  const record = metrics && recordOf(metrics);
  if (metrics === undefined || record === undefined) {
    screen.say('error: nothing was measured.');
    return false;
  }
  const lines = summary({ record, metrics, configuration, file, failures });
  const out = command === undefined && !json ? stdout : stderr;
  out.write(`${lines.join('\n')}\n`);
  // A command may have left its last line open: the record still gets a line of its own.
  if (json) stdout.write(`${command === undefined ? '' : '\n'}${toJson(record)}\n`);
  return failures.length === 0;
}

const recordOf = (metrics: ResourceMetrics): EmissionsRecord | undefined =>
  toRecords(metrics, { scope: 'machine' }).records.at(-1);

/** The record on one line; what is unknown is null. */
const toJson = (record: EmissionsRecord): string =>
  JSON.stringify(Object.fromEntries(RECORD_FIELDS.map((field) => [field, record[field] ?? null])));
