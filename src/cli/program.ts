import { Command, CommanderError } from 'commander';
import {
  type Configuration,
  type Explicit,
  inUsersWords,
  readConfiguration,
} from '../config/index.ts';
import { ConfigurationError } from '../errors.ts';
import { type OptionName, TAKERS, type Taker } from '../options/index.ts';
import { VERSION } from '../version.ts';
import { addFlags, flagsOf } from './flags.ts';
import type { Io } from './io.ts';
import type { LoginFlags } from './logfire.ts';

const FAILED = 1;
/** What a shell's own commands give for wrong usage. */
const WRONG_USAGE = 2;

/**
 * Runs the command line. Returns the exit code; never rejects.
 * @param args what follows the program's name
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [flags, command] = splitCommand(args);
  if (isForgotten(flags, command)) {
    const words = [...flags, '--', ...command];
    io.stderr.write(`error: what is it to do with the command? Write: ${asTyped(words)}\n`);
    return WRONG_USAGE;
  }
  let code: number | undefined;
  const tell = (found: number): void => {
    code = found;
  };
  const program = createProgram({ io, flags, command, tell });
  try {
    await program.parseAsync([...flags], { from: 'user' });
    return code ?? 0;
  } catch (error) {
    return explain(error, io);
  }
}

/** What follows the first `--` is the command, untouched. */
function splitCommand(
  args: readonly string[],
): readonly [readonly string[], readonly string[] | undefined] {
  const at = args.indexOf('--');
  return at === -1 ? [args, undefined] : [args.slice(0, at), args.slice(at + 1)];
}

/** A command, but none of ours before it: `codecarbon-otel --json -- python train.py`. */
function isForgotten(
  [first]: readonly string[],
  command: readonly string[] | undefined,
): command is readonly string[] {
  if (command === undefined || command.length === 0) return false;
  return (
    first === undefined || (first.startsWith('-') && !/^(-h|--help|-V|--version)$/.test(first))
  );
}

/** How one types it in a shell. */
const asTyped = (words: readonly string[]): string =>
  [
    'codecarbon-otel monitor',
    ...words.map((word) => (IS_PLAIN.test(word) ? word : quote(word))),
  ].join(' ');

const IS_PLAIN = /^[\w./:=@%+,-]+$/;
const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What the program was called with. */
interface Call {
  readonly io: Io;
  /** Words before `--`. */
  readonly flags: readonly string[];
  /** Words after it. */
  readonly command: readonly string[] | undefined;
  /** Takes the exit code. */
  readonly tell: (code: number) => void;
}

function createProgram(call: Call): Command {
  const { io } = call;
  const program = new Command('codecarbon-otel')
    .description('Measures the electricity of this machine and the CO2-equivalent it causes.')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .configureHelp({ optionDescription: ({ description }) => description })
    .configureOutput({ writeOut: io.stdout.write, writeErr: io.stderr.write });
  addMonitor(program, call);
  addDetect(program, call);
  addLogfire(program, call);
  return program;
}

function addMonitor(program: Command, { io, flags, command, tell }: Call): void {
  const monitor = program
    .command('monitor')
    .argument('[words...]')
    .passThroughOptions()
    .usage('[flags] [-- command …]')
    .summary('measure while a command runs, or until Ctrl-C')
    .description(
      'Measures this machine while a command runs, or without one until Ctrl-C or for --duration. ' +
        'Prints a summary and writes a row to emissions.csv. The exit code is that of the command.',
    )
    .addHelpText('after', CONFIGURATION_HELP);
  const given = addFlags(monitor, flagsOf(TAKERS));
  monitor.action(async (words: readonly string[]) => {
    if (words.length > 0) {
      const own = flags.slice(1, flags.length - words.length);
      const meant = asTyped([...own, '--', ...words]);
      monitor.error(`error: there is no '--' before the command; write: ${meant}`);
    }
    if (command !== undefined && given.has('duration')) {
      monitor.error('error: --duration: a command is measured for as long as it runs');
    }
    if (command?.[0]?.trim() === '') monitor.error("error: the command after '--' is empty");
    if (command?.length === 0) monitor.error("error: there is no command after '--'");
    const measure = async (configuration: Configuration): Promise<number> => {
      const { monitor: run } = await import('./monitor.ts');
      return run(configuration, command, io);
    };
    tell(await configured([...given.values()], io, measure));
  });
}

function addDetect(program: Command, { io, command, tell }: Call): void {
  const detect = program
    .command('detect')
    .usage('[flags]')
    .summary('show what can be measured here, and what would make it better')
    .description(
      'Shows every probe, what it found and which one is used; the place and the carbon intensity.',
    )
    .addHelpText('after', CONFIGURATION_HELP);
  const given = addFlags(detect, flagsOf(DETECT_TAKERS, IGNORED_BY_DETECT));
  detect.action(async () => {
    if (command !== undefined) detect.error('error: detect takes no command');
    const look = async (configuration: Configuration): Promise<number> => {
      const { detect: run } = await import('./detect.ts');
      return run(configuration, io);
    };
    tell(await configured([...given.values()], io, look));
  });
}

const DETECT_TAKERS: readonly Taker[] = ['instrumentation', 'cli'];
/** They change what is done with a measurement, not what can be measured. */
const IGNORED_BY_DETECT: readonly OptionName[] = [
  'projectName',
  'experimentId',
  'measurePowerSecs',
  'trackingMode',
  'semconv',
  'emissions',
  'pue',
  'wue',
  'duration',
  'prometheusPort',
  'prometheusHost',
];

function addLogfire(program: Command, { io, tell }: Call): void {
  const logfire = program.command('logfire').summary('log in to Logfire');
  logfire
    .command('login')
    .usage('[flags]')
    .summary('choose or make a project, and get the right to write into it')
    .description(
      'Logs in to Logfire in the browser, lets you choose or make a project, and writes the credentials ' +
        'file of this directory. Without a terminal --region and --project are needed.',
    )
    .option('--region <name>', 'where Logfire keeps the data: us, eu')
    .option('--project <name>', 'project to write into; one that does not exist yet is made')
    .option('--organization <name>', 'organization of the project')
    .action(async (flags: LoginFlags) => {
      const login = async (configuration: Configuration): Promise<number> => {
        const { loginToLogfire } = await import('./logfire.ts');
        return loginToLogfire(flags, configuration, io);
      };
      tell(await configured([], io, login));
    });
}

const CONFIGURATION_HELP = `
Every flag is also a variable (--pue: CODECARBON_PUE) and a key in the section [codecarbon] of
./.codecarbon.config and ~/.codecarbon.config (pue = 1.2); flags count first, then variables, then files.`;

/** Reads the configuration, and names what is wrong in it as the user wrote it. */
async function configured(
  flags: readonly Explicit[],
  io: Io,
  act: (configuration: Configuration) => Promise<number>,
): Promise<number> {
  const configuration = readConfiguration(flags, io.surroundings);
  try {
    return await act(configuration);
  } catch (error) {
    throw inUsersWords(error, configuration);
  }
}

function explain(error: unknown, { stderr }: Io): number {
  // Commander has said it already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if (error instanceof ConfigurationError) {
    stderr.write(`error: ${error.message}\n`);
    return WRONG_USAGE;
  }
  stderr.write(
    `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return FAILED;
}
