import type { Io, Output } from '../../src/cli/io.ts';

/** A terminal, or none, that a test reads and sends signals from. */
export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
  readonly send: (signal: NodeJS.Signals) => void;
  readonly exits: readonly number[];
}

interface Setup {
  readonly env?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly isTerminal?: boolean;
  readonly hasTerminal?: boolean;
  readonly columns?: number;
}

export function fakeIo(setup: Setup = {}): FakeIo {
  const stdout = record(setup);
  const stderr = record(setup);
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const exits: number[] = [];
  return {
    surroundings: {
      env: setup.env ?? {},
      directory: setup.directory ?? '/nowhere',
      home: undefined,
    },
    stdout,
    stderr,
    hasTerminal: setup.hasTerminal ?? false,
    out: () => stdout.text(),
    err: () => stderr.text(),
    exits,
    exit: (code) => void exits.push(code),
    send: (signal) => {
      for (const listener of listeners) listener(signal);
    },
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function record({ isTerminal = false, columns = 80 }: Setup): Output & { text(): string } {
  let text = '';
  return {
    write: (more) => {
      text += more;
    },
    isTerminal,
    columns,
    text: () => text,
  };
}
