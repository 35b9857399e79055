import type { Host, KeptFile, Result } from '../host.ts';
import { type Seconds, seconds } from '../units.ts';

/**
 * The machine on tape: what its kept files hold is recorded when samples are taken, and worked out later, several
 * samples in a row. A program that sleeps for a second finds its caches cold: whatever it does then costs ten times as much as
 * a moment after, so that at most wake-ups nothing is done but to read. A file that fails or is empty is seen at once;
 * a text that is no count, which the kernel does not write, is seen when it is worked out.
 */
export interface Tape {
  /** The machine as sensors see it. While a sample is worked out, clock and kept files are as they were then. */
  readonly host: Host;
  /** Time of the last sample on it. */
  readonly recordedAt: Seconds;
  /** The last sample read every file: none rested. */
  readonly isWhole: boolean;
  /** A file could not be read, or was empty, or there is no room for more, or enough to work out: not to be put off. */
  readonly isDue: boolean;
  /** Takes a sample: reads every file that sensors keep open. Gives its time, which is now unless another one is given. */
  record(at?: Seconds): Seconds;
  /** The same, but files that rest keep what they held in the sample before. */
  recordDue(): Seconds;
  /**
   * Calls `take` for each sample in turn, and forgets it. `endsNow`: the last one was recorded this moment, so that
   * what is not on the tape (a file that could not be read, or was opened since) is read from the machine.
   */
  replay(take: (at: Seconds, isNow: boolean) => void, endsNow: boolean): void;
}

/** A file that a sensor keeps open. */
interface Track {
  readonly path: string;
  readonly file: KeptFile;
  readonly rest: Seconds;
  /** Time until which what is on the tape of it is good enough: it is read when the next sample may come after it. */
  restsUntil: number;
  /** Where its bytes are in the sample that is worked out; -1 where it has none. */
  start: number;
  length: number;
  /** What is on the tape of the same file, which was open before. */
  before: Track | undefined;
}

/** Room for the most readings, those of a container with its `memory.stat` too. */
const ROOM = 64 * 1024;

/**
 * Readings of files that are worked out together at most, somewhat more than a minute of six files: however many files
 * there are and however often they are read, what waits is done within milliseconds.
 */
const MOST_READINGS = 400;

/** In place of the length of a file that rests. */
const RESTS = -2;

/** An empty tape. */
export function createTape(machine: Host): Tape {
  const bytes = Buffer.allocUnsafeSlow(ROOM);
  let used = 0;
  /** Of each sample its time, and how many bytes each file had, in the order of `tracks`. */
  const times: Seconds[] = [];
  const lengths: number[] = [];
  const tracks: Track[] = [];
  /** The files of the samples that are worked out, and whether this one is of a time that has passed. */
  let recorded: readonly Track[] = [];
  let playedAt: Seconds | undefined;
  let isPast = false;

  const tape = {
    host: hostOnTape(),
    recordedAt: machine.now(),
    isWhole: true,
    isDue: false,
    record,
    recordDue,
    replay,
  };
  return tape;

  function hostOnTape(): Host {
    return {
      ...machine,
      now: () => playedAt ?? machine.now(),
      open(path, limit, rest = seconds(0)) {
        const opened = machine.open(path, limit, rest);
        return opened.ok ? { ok: true, value: keep(path, opened.value, rest) } : opened;
      },
    };
  }

  function keep(path: string, file: KeptFile, rest: Seconds): KeptFile {
    const before = recorded.findLast((track) => track.path === path);
    const track: Track = { path, file, rest, restsUntil: 0, start: -1, length: 0, before };
    tracks.push(track);
    return {
      ...file,
      read: () => read(track),
      close() {
        const at = tracks.indexOf(track);
        if (at >= 0) tracks.splice(at, 1);
        file.close();
      },
    };
  }

  function record(now = machine.now()): Seconds {
    for (const track of tracks) track.restsUntil = 0;
    return recordDue(now);
  }

  /** Most of what wakes up a sleeping program does only this: it touches as little memory as it can. */
  function recordDue(now = machine.now()): Seconds {
    const next = 2 * now - tape.recordedAt;
    tape.isWhole = true;
    for (let index = 0; index < tracks.length; index += 1) {
      const track = tracks[index] as Track;
      if (next < track.restsUntil) {
        lengths.push(RESTS);
        tape.isWhole = false;
      } else copy(track, now);
    }
    times.push(now);
    if (lengths.length + tracks.length > MOST_READINGS) tape.isDue = true;
    tape.recordedAt = now;
    return now;
  }

  function copy(track: Track, now: Seconds): void {
    const { file, rest } = track;
    const length = used + file.limit <= ROOM ? file.copy(bytes, used) : -1;
    lengths.push(length);
    if (length > 0) {
      used += length;
      track.restsUntil = now + rest;
    } else tape.isDue = true;
  }

  function replay(take: (at: Seconds, isNow: boolean) => void, endsNow: boolean): void {
    recorded = [...tracks];
    let at = 0;
    let next = 0;
    try {
      for (const [index, time] of times.entries()) {
        for (const track of recorded) {
          const length = lengths[next++] ?? -1;
          if (length === RESTS) continue;
          track.length = length;
          track.start = length < 0 ? -1 : at;
          at += Math.max(0, length);
        }
        playedAt = time;
        isPast = !endsNow || index < times.length - 1;
        take(time, !isPast);
      }
    } finally {
      for (const track of recorded) track.start = -1;
      for (const track of tracks) {
        track.before = undefined;
        track.restsUntil = 0;
      }
      recorded = [];
      playedAt = undefined;
      isPast = false;
      times.length = 0;
      lengths.length = 0;
      used = 0;
      tape.isDue = false;
    }
  }

  function read(track: Track): Result<string> {
    const { start, length } = track.start < 0 && track.before ? track.before : track;
    if (start >= 0) return { ok: true, value: bytes.toString('latin1', start, start + length) };
    return isPast ? { ok: false, errno: 'EAGAIN' } : track.file.read();
  }
}
