import { isatty } from 'node:tty';
import { ownSurroundings, type Surroundings } from '../config/index.ts';

/** What the program reads and writes, so that a test can be the terminal. */
export interface Io {
  readonly surroundings: Surroundings;
  readonly stdout: Output;
  readonly stderr: Output;
  /** A terminal sends its signals to us and to the command by itself. */
  readonly hasTerminal: boolean;
  /** Asks the person at the terminal for a line; undefined: as the process's own terminal allows. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Calls back at every signal that asks the program to end; gives back what stops that. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the program at once. */
  exit(code: number): void;
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
}

/** The terminal, or whatever stands in its place, of this process. */
export function ownIo(): Io {
  return {
    surroundings: ownSurroundings(),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    // With its input or its output redirected the program still stands in front of the terminal.
    hasTerminal: [0, 1, 2].some(isatty),
    onSignal,
    exit: (code) => process.exit(code),
  };
}

/** Ends the process with a code once everything written has gone out; a reader that has left does not matter. */
export function finish(code: number): void {
  process.exitCode = code;
  process.stderr.write('', () => process.stdout.write('', () => process.exit(code)));
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const NARROWEST = 80;

function output(stream: NodeJS.WriteStream): Output {
  // EPIPE: `… | head -1` has read enough.
  stream.on('error', () => {});
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return stream.isTTY === true && process.env.TERM !== 'dumb';
    },
    get columns() {
      // Some pseudo-terminals are 0 columns wide.
      return stream.columns || NARROWEST;
    },
  };
}

function onSignal(listener: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
