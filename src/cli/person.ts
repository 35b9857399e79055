import { type LoginIo, terminalIo } from '../session/index.ts';
import type { Io } from './io.ts';

/** Whoever sits at the terminal, if somebody does. */
export const personAt = ({ stderr, ask }: Io): LoginIo => ({
  write: stderr.write,
  ask: ask ?? terminalIo().ask,
});

/** The logger of the output `logger`: stdout belongs to the command and to the record. */
export function stderrLogger({ stderr }: Io) {
  const write = (...parts: readonly unknown[]): void => {
    const words = parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)));
    stderr.write(`${words.join(' ')}\n`);
  };
  return { debug: write, info: write, warn: write, error: write, fatal: write };
}
