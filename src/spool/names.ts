import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** One file of the spool, as its name tells. */
export interface Spooled {
  /** Name of the file. */
  readonly file: string;
  /** Name while nobody has claimed it; in order of age. */
  readonly name: string;
  /** What has to be delivered in order has the same stream. */
  readonly stream: string;
  /** Who delivers it now. */
  readonly claim?: Claim;
}

export interface Claim {
  /** Until when it holds, in ms since the epoch. */
  readonly until: number;
  readonly pid: number;
  readonly host: string;
}

/** `000001750000000000-000001-<stream>.json`, and behind it the claim of who delivers it. */
const NAME =
  /^((\d{15}-\d{6})-([0-9a-f]{16})\.json)(?:\.claim-(\d+)-(\d+)-([0-9a-f]{8})-[0-9a-f]{8})?$/;

/** Endings of what is not delivered any more, but kept for a person to look at. */
export const SET_ASIDE = /\.(corrupt|refused)$/;

/** A file that somebody began to write. */
export const UNFINISHED = /\.tmp$/;

/** What is to be known about something: `<its digest>.note`. */
export const NOTE = /^[0-9a-f]{16}\.note$/;
export const noteName = (about: string): string => `${digest(about, 16)}.note`;

/** Reads a name; undefined for a file that is no entry. */
export function parseName(file: string): Spooled | undefined {
  const [, name, , stream, until, pid, host] = NAME.exec(file) ?? [];
  if (name === undefined || stream === undefined) return undefined;
  if (until === undefined || pid === undefined || host === undefined) return { file, name, stream };
  return { file, name, stream, claim: { until: Number(until), pid: Number(pid), host } };
}

/** A new name, behind all earlier ones of this process. */
export function nameFor(stream: string, now: number): string {
  lastTime = Math.max(lastTime, now);
  counter = (counter + 1) % 1e6;
  // When the counter begins anew, so must the time go on.
  if (counter === 0) lastTime += 1;
  const time = String(Math.trunc(lastTime)).padStart(15, '0');
  return `${time}-${String(counter).padStart(6, '0')}-${digest(stream, 16)}.json`;
}

let lastTime = 0;
let counter = 0;

/** A name under which this process delivers an entry until a moment; another one each time. */
export const claimedName = (name: string, until: number): string =>
  `${name}.claim-${Math.ceil(until)}-${process.pid}-${OWN_HOST}-${randomBytes(4).toString('hex')}`;

/** True when nobody delivers under this claim any more: its time is up, or its process is gone. */
export function isStale({ until, pid, host }: Claim, now: number, isOwn: boolean): boolean {
  if (now > until) return true;
  if (host !== OWN_HOST || isOwn) return false;
  // The same process id, and not ours: that of a process before us, in a container that was restarted.
  return pid === process.pid || !isAlive(pid);
}

/** Hexadecimal digits that tell a text from others and do not show it. */
export const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

const OWN_HOST = digest(hostname(), 8);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
