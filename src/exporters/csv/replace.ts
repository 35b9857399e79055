import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { APPEND, errnoOf, type FileStore, openRegular, readPart, withFile } from './store.ts';
import type { FoundRow } from './survey.ts';
import { append, copyPart, writeAll } from './write.ts';

/** The file that was replaced: a program that had it open may still append to it. */
export interface Replaced {
  /** Brings rows over that have been appended to the old file since. */
  rescue(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Replaces a row by a longer one: the file is copied with the new row, and the copy takes its place by
 * a rename, so that a crash leaves the one or the other. Needed only for a row whose slot is too small,
 * because another program has rewritten it. A program that appends at this very moment writes to the
 * old file; `rescue` brings its rows over, at once and again at later writes.
 */
export async function replaceRow(
  store: FileStore,
  path: string,
  row: FoundRow,
  bytes: Buffer,
): Promise<Replaced> {
  const old = await openRegular(store, path, APPEND);
  const copy = `${path}.${randomUUID()}.tmp`;
  try {
    const { size, mode, uid, gid } = await old.stat();
    await withFile(store, copy, APPEND, async (file) => {
      await file.chmod(mode & 0o7777);
      await file.chown(uid, gid).catch(() => {});
      await copyPart(old, file, 0, row.offset);
      await writeAll(file, bytes, null);
      await copyPart(old, file, row.offset + row.bytes.length, size);
      await file.datasync();
    });
    await store.rename(copy, path);
    const replaced = rescuer(store, path, old, size);
    await replaced.rescue();
    return replaced;
  } catch (error) {
    await old.close();
    await store.unlink(copy).catch(() => {});
    throw error;
  }
}

function rescuer(store: FileStore, path: string, old: FileHandle, copied: number): Replaced {
  let from = copied;
  return {
    rescue: async () => {
      const { size } = await old.stat();
      if (size <= from) return;
      const rows = await readPart(old, from, size - from);
      await withFile(store, path, APPEND, (file) => append(file, rows));
      from = size;
    },
    close: () => old.close(),
  };
}

/**
 * Moves a file to `<path>.bak`, or `.bak.1` and so on where that is taken; never over another file.
 * @returns its new path
 */
export async function backUp(store: FileStore, path: string): Promise<string> {
  for (let number = 0; ; number += 1) {
    const backup = number === 0 ? `${path}.bak` : `${path}.bak.${number}`;
    try {
      // Unlike a rename, a link never replaces what is there.
      await store.link(path, backup);
      await store.unlink(path);
      return backup;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EEXIST') continue;
      if (!NO_LINKS.includes(errno)) throw error;
    }
    if (await exists(store, backup)) continue;
    await store.rename(path, backup);
    return backup;
  }
}

/** What file systems without hard links answer. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

const exists = (store: FileStore, path: string): Promise<boolean> =>
  store.stat(path).then(
    () => true,
    (error) => errnoOf(error) !== 'ENOENT',
  );
