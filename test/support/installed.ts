import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = 'opentelemetry-instrumentation-codecarbon';
const CLI = resolve('dist/cli/main.mjs');

/** A user's project in a temporary directory, in which this package is installed (as a link). */
export interface Project {
  readonly directory: string;
  write(name: string, text: string): void;
  /** Runs a program with this Node: one that was written, or one of the repository by its absolute path. Rejects when it ends with an error. */
  run(program: string): Promise<Output>;
  /** Runs a line of shell, with `npx codecarbon-otel` and a `python` that sleeps. */
  shell(line: string): Promise<Output>;
  remove(): void;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export function createProject(): Project {
  const directory = mkdtempSync(join(tmpdir(), 'codecarbon-project-'));
  const modules = join(directory, 'node_modules');
  mkdirSync(modules);
  symlinkSync(resolve('.'), join(modules, PACKAGE), 'junction');
  for (const scope of ['@opentelemetry', '@types']) {
    symlinkSync(resolve('node_modules', scope), join(modules, scope), 'junction');
  }
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  script(join(bin, 'npx'), `shift; exec "${process.execPath}" "${CLI}" "$@"`);
  script(join(bin, 'python'), 'exec sleep 1');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const options = { cwd: directory, env, timeout: 60_000 };
  return {
    directory,
    write: (name, text) => writeFileSync(join(directory, name), text),
    run: (program) => execute(process.execPath, [program], options),
    shell: (line) => execute('sh', ['-c', line], options),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

const execute = promisify(execFile);

function script(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

/** A port of localhost that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
