import type { EmissionsRecord } from '../../record/index.ts';
import type { Sink } from './sinks.ts';

/** A logger that answers later than this is taken for one that never will. */
const LONGEST_ANSWER_MILLIS = 5_000;

/**
 * A sink that writes each record once, however often it is asked to, and waits for a logger that
 * answers with a promise.
 * @throws Error that names the sink, for what it throws, rejects with, or never answers
 */
export function deliverOnce(
  name: string,
  sink: Sink,
  longestMillis: number = LONGEST_ANSWER_MILLIS,
): (record: EmissionsRecord) => Promise<void> {
  const done = new Map<string, EmissionsRecord>();
  return async (record) => {
    if (done.get(record.run_id) === record) return;
    try {
      const answer = sink(record);
      if (isPromise(answer)) await withinTime(answer, longestMillis);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${name} did not take the record: ${why}`, { cause });
    }
    done.set(record.run_id, record);
  };
}

const isPromise = (answer: unknown): answer is PromiseLike<unknown> =>
  typeof (answer as PromiseLike<unknown> | undefined)?.then === 'function';

async function withinTime(answer: PromiseLike<unknown>, longestMillis: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`no answer within ${longestMillis / 1e3} s`);
    timer = setTimeout(reject, longestMillis, error).unref();
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
