import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/installed.ts';

export interface AppOptions {
  readonly service: string;
  readonly instance: string;
  readonly pushgateway: string;
  /** Where it sends OTLP. */
  readonly collectors: readonly string[];
  readonly delta: boolean;
  /** Options of the instrumentation, and those of the readers. */
  readonly options: object;
  readonly place: object;
}

/** `app.mjs`, running. */
export interface App {
  /** Its own page of metrics. */
  readonly url: string;
  do(action: 'use' | 'collect' | 'finish', given?: object): Promise<void>;
  stop(): Promise<void>;
}

export async function startApp(options: AppOptions): Promise<App> {
  const port = await freePort();
  const sys = mkdtempSync(join(tmpdir(), 'codecarbon-sys-'));
  const child = fork('test/real/app.mjs', [JSON.stringify({ ...options, port })], {
    env: { ...process.env, HOST_SYS: sys },
  });
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    do: (action, given = {}) => tell(child, { action, ...given }),
    async stop() {
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(sys, { recursive: true });
    },
  };
}

async function tell(child: ChildProcess, message: object): Promise<void> {
  const gone = once(child, 'exit').then(() => ['it has ended']);
  child.send(message);
  const [answer] = await Promise.race([once(child, 'message'), gone]);
  if (answer !== 'done') throw new Error(`${JSON.stringify(message)}: ${answer}`);
}
