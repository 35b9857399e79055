import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { inFlags } from './flags.ts';
import type { Io } from './io.ts';

/** The lines on stderr: messages, and on a terminal one live line below them. */
export interface Screen {
  /** A message on a line of its own; the same one is said once. */
  say(text: string): void;
  /** Replaces the live line; nothing without a terminal. */
  live(text: string): void;
  /** Puts a text into the title of the terminal's window. */
  title(text: string): void;
  /** Takes the live line away, and gives the title back. */
  clear(): void;
}

/** Lines remembered, so that memory does not grow. */
const MOST_LINES = 1000;

const ERASE_LINE = '\r\u001B[2K';
/** XTerm control sequences ("Window manipulation", "Operating System Controls"): keep, restore, set the title. */
const KEEP_TITLE = '\u001B[22;2t';
const RESTORE_TITLE = '\u001B[23;2t';
const titled = (text: string): string => `\u001B]2;${text}\u0007`;

/** The screen of a program. */
export function openScreen({ stderr }: Io): Screen {
  const said = new Set<string>();
  let shown = false;
  let isTitled = false;
  const clear = (): void => {
    if (shown) stderr.write(ERASE_LINE);
    if (isTitled) stderr.write(RESTORE_TITLE);
    shown = false;
    isTitled = false;
  };
  return {
    clear,
    say: (text) => {
      if (said.has(text)) return;
      if (said.size < MOST_LINES) said.add(text);
      clear();
      stderr.write(`${text}\n`);
    },
    live: (text) => {
      if (!stderr.isTerminal) return;
      stderr.write(`${ERASE_LINE}${text.slice(0, stderr.columns - 1)}`);
      shown = true;
    },
    title: (text) => {
      if (!stderr.isTerminal) return;
      stderr.write(`${isTitled ? '' : KEEP_TITLE}${titled(text)}`);
      isTitled = true;
    },
  };
}

const LEVELS: Readonly<Record<string, DiagLogLevel>> = {
  debug: DiagLogLevel.DEBUG,
  info: DiagLogLevel.INFO,
  warning: DiagLogLevel.WARN,
  error: DiagLogLevel.ERROR,
  critical: DiagLogLevel.NONE,
};

/** Prints what OpenTelemetry and this package have to say, from a level on. */
export function logTo(screen: Screen, level: string): void {
  const print =
    (kind: string) =>
    (message: string, ...more: unknown[]) => {
      const words = [message, ...more].filter((part) => !isNamespace(part));
      screen.say(inFlags(`${kind}: ${words.join(' ')}`));
    };
  const logger: DiagLogger = {
    error: print('error'),
    warn: print('warning'),
    info: print('info'),
    debug: print('debug'),
    verbose: print('debug'),
  };
  const logLevel = LEVELS[level] ?? DiagLogLevel.WARN;
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true });
}

/** A component logger puts its name before the message: this program has one name only. */
const isNamespace = (part: unknown): boolean =>
  typeof part === 'string' &&
  /^(opentelemetry-instrumentation-codecarbon|@opentelemetry\/)/.test(part) &&
  !part.includes(' ');
