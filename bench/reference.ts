import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '3.3.2';

/** What `reference.py` prints. */
export interface ReferenceFigures {
  readonly importMillis: number;
  readonly startMillis: number;
  readonly cpuMillisPerSecond: number;
  readonly memoryMebibytes: number;
}

/** CodeCarbon's own figures, on the same simulated tree. */
export async function referenceFigures(
  powercap: string,
  seconds: number,
  warmUp: number,
): Promise<ReferenceFigures> {
  const program = join(import.meta.dirname, 'reference.py');
  const args = [program, powercap, `${seconds}`, `${warmUp}`];
  const { stdout } = await promisify(execFile)(python(), args);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ReferenceFigures;
}

/** `CODECARBON_PYTHON`, or an environment in the cache folder, made when it is not there. */
function python(): string {
  const given = process.env.CODECARBON_PYTHON;
  if (given !== undefined) return given;
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const environment = join(cache, 'codecarbon-otel-ci', `codecarbon-${VERSION}`);
  const executable = join(environment, 'bin/python');
  if (!existsSync(join(environment, 'bin/codecarbon'))) {
    execFileSync('python3', ['-m', 'venv', environment]);
    execFileSync(executable, ['-m', 'pip', 'install', '--quiet', `codecarbon==${VERSION}`]);
  }
  return executable;
}
