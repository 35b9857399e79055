import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../../spool/directory.ts';

/**
 * Writes a file so that a reader sees the whole of it or what was there before; makes its directory.
 * @throws Error with path and errno
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await makeDirectory(dirname(path));
    await writeFile(draft, content);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw describeFailure(path, cause);
  }
}

function describeFailure(path: string, cause: unknown): Error {
  const { code = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
  const reason = message.startsWith(code) ? message : `${code}: ${message}`;
  return Object.assign(new Error(`cannot write ${path}: ${reason}`, { cause }), { code });
}
