import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import * as nodeFileSystem from 'node:fs/promises';

/** The calls of `node:fs/promises` that the CSV file needs: a test's full disk is another store. */
export type FileStore = Pick<
  typeof nodeFileSystem,
  'open' | 'rename' | 'link' | 'unlink' | 'realpath' | 'readFile' | 'stat'
>;

export const nodeStore: FileStore = nodeFileSystem;

/** For reading, and for writes that all go to the end, one after the other, whoever makes them. */
export const APPEND =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/** For writes in place, which Linux would send to the end of a file that is open for appending. */
export const IN_PLACE = constants.O_RDWR | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file, uses it and closes it. A pipe or a device, which could hang the program, is refused.
 * @throws what the system says, with its errno as `code`
 */
export async function withFile<Value>(
  store: FileStore,
  path: string,
  flags: number,
  use: (file: FileHandle) => Promise<Value>,
): Promise<Value> {
  const file = await openRegular(store, path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

export async function openRegular(
  store: FileStore,
  path: string,
  flags: number,
): Promise<FileHandle> {
  const file = await store.open(path, flags, 0o666);
  const found = await file.stat();
  if (found.isFile()) return file;
  await file.close();
  throw systemError('EINVAL', 'not a regular file');
}

/** The bytes of a part of a file; fewer at its end. */
export async function readPart(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** An error as the system's own: with an errno in `code`. */
export const systemError = (code: string, why: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${why}`), { code });

export const errnoOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException | undefined)?.code ?? 'UNKNOWN';
