import { diagLogger } from '../diag.ts';
import { processWide } from '../process-wide.ts';
import { SCOPE_NAME } from '../semconv.ts';

const logger = diagLogger();

/**
 * What a tracker has to say: to the `diag` logger where the program has set one, else errors and warnings
 * to stderr, a line each and each message once. Who writes a few lines as with CodeCarbon sets no logger.
 */
export const log = {
  error(message: string): void {
    logger.error(message);
    log.alone(message);
  },
  warn(message: string): void {
    logger.warn(message);
    log.alone(message);
  },
  info(message: string): void {
    logger.info(message);
  },
  /** Only where no logger is set: what another part has said to the logger already. */
  alone(message: string): void {
    if (!hasLogger()) toStderr(message);
  },
};

/** The API does not tell whether there is a logger; its registry, which all versions 1 share, does. */
function hasLogger(): boolean {
  const home = globalThis as { [key: symbol]: { readonly diag?: unknown } | undefined };
  return home[Symbol.for('opentelemetry.js.api.1')]?.diag !== undefined;
}

/** More different messages than that, and the first ones may come again. */
const MOST_REMEMBERED = 1000;

function toStderr(message: string): void {
  const said = processWide('tracker.said', () => new Set<string>());
  if (said.has(message)) return;
  if (said.size >= MOST_REMEMBERED) said.clear();
  said.add(message);
  process.stderr.write(`${SCOPE_NAME}: ${message.replace(/\s*\n\s*/g, ' ')}\n`, (error) => {
    // Nobody reads it any more: that must not end the program.
    if (error && process.stderr.listenerCount('error') === 0)
      process.stderr.once('error', () => {});
  });
}
