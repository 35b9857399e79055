import type { FileHandle } from 'node:fs/promises';
import { readPart, systemError } from './store.ts';

/**
 * Adds bytes to the end of a file by one write, so that they are never mixed with those of other
 * programs, and tells where they begin. A disk that fills in the middle leaves nothing of them: half a
 * row would swallow the next one.
 * @param file open for appending
 * @throws ENOSPC when not all of it could be written, or what the system says
 */
export async function append(file: FileHandle, bytes: Buffer): Promise<number | undefined> {
  const before = (await file.stat()).size;
  const { bytesWritten } = await file.write(bytes);
  const after = (await file.stat()).size;
  const written = bytes.subarray(0, bytesWritten);
  const offset = after - bytesWritten;
  const isLast = (await readPart(file, offset, bytesWritten)).equals(written);
  if (bytesWritten < bytes.length) {
    if (isLast) await file.truncate(offset);
    throw systemError('ENOSPC', `${bytesWritten} of ${bytes.length} bytes could be written`);
  }
  if (isLast) return offset;
  // Somebody has appended behind us in the meantime.
  const position = (await readPart(file, before, after - before)).indexOf(bytes);
  return position < 0 ? undefined : before + position;
}

/**
 * Replaces bytes in place by as many others.
 * @param file open for writing in place
 * @throws what the system says, after the old bytes have been put back
 */
export async function overwrite(
  file: FileHandle,
  offset: number,
  before: Buffer,
  bytes: Buffer,
): Promise<void> {
  try {
    await writeAll(file, bytes, offset);
  } catch (error) {
    await writeAll(file, before, offset).catch(() => {});
    throw error;
  }
}

/** Copies a part of a file to the end of another. */
export async function copyPart(
  from: FileHandle,
  to: FileHandle,
  start: number,
  end: number,
): Promise<void> {
  for (let at = start; at < end; ) {
    const bytes = await readPart(from, at, Math.min(COPIED_AT_ONCE, end - at));
    if (bytes.length === 0) return;
    await writeAll(to, bytes, null);
    at += bytes.length;
  }
}

const COPIED_AT_ONCE = 256 * 1024;

/** `position` null: where the file stands. */
export async function writeAll(
  file: FileHandle,
  bytes: Buffer,
  position: number | null,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}
