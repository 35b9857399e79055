import { expect, it } from 'vitest';
import { writeWhole } from '../../../src/exporters/boamps/file.ts';

it.runIf(process.platform === 'linux')(
  'a directory that cannot be made is an error, not an endless try',
  async () => {
    const path = '/proc/nope/report.json';
    await expect(writeWhole(path, '{}')).rejects.toThrow(/^cannot write \/proc\/nope\/.* ?ENOENT/);
  },
);
