import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Io } from './io.ts';

/** How a command ended: its exit code as a shell tells it, and a message when it did not even start. */
export interface Ended {
  readonly code: number;
  readonly message?: string;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALLED = 128;

/**
 * Runs a command on our own stdin, stdout and stderr, without a shell, and passes signals on to it.
 * Resolves when it has ended; never rejects.
 */
export function runCommand(command: readonly string[], io: Io): Promise<Ended> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = start(file, args);
    if (child instanceof Error) return resolve(notStarted(file, child));
    const stop = io.onSignal((signal) => forward(signal, child, io));
    const end = (ended: Ended): void => {
      stop();
      resolve(ended);
    };
    child.on('error', (error) => end(notStarted(file, error)));
    child.on('exit', (code, signal) => end({ code: code ?? codeOf(signal) }));
  });
}

/** Exit code that a shell gives for a program ended by a signal: 128 + n. */
export function codeOf(signal: NodeJS.Signals | null): number {
  return SIGNALLED + (signal === null ? 0 : constants.signals[signal]);
}

/** `spawn` reports most errors as an event, but throws some (an empty name, a NUL in an argument). */
function start(file: string, args: readonly string[]): ChildProcess | NodeJS.ErrnoException {
  try {
    return spawn(file, args, { stdio: 'inherit', shell: false });
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/**
 * A terminal sends Ctrl-C and its hang-up to every program in front of it by itself: a second copy would look
 * like a second Ctrl-C to the command.
 */
function forward(signal: NodeJS.Signals, child: ChildProcess, { hasTerminal }: Io): void {
  const fromTerminal = signal !== 'SIGTERM' && hasTerminal;
  if (!fromTerminal) child.kill(signal);
}

function notStarted(file: string, error: NodeJS.ErrnoException): Ended {
  if (error.code === 'ENOENT') return { code: NOT_FOUND, message: `${file}: command not found` };
  const why = error.code ?? error.message;
  return { code: NOT_EXECUTABLE, message: `${file}: cannot be executed (${why})` };
}
