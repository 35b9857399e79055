import type { Cluster } from 'node:cluster';
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** Why nothing is measured here: the machine would be counted more than once. */
export function hindrance():
  | { readonly level: 'info' | 'warn'; readonly message: string }
  | undefined {
  if (!isMainThread) {
    return {
      level: 'info',
      message: 'nothing is measured in a worker thread: the main thread does it',
    };
  }
  if (isClusterWorker()) {
    return {
      level: 'warn',
      message:
        'nothing is measured in a cluster worker: every worker would count the whole machine. ' +
        'Register the instrumentation in the primary, or run `codecarbon-otel monitor` beside the cluster',
    };
  }
  return undefined;
}

/** A worker of a cluster has a channel to its primary. Where there is none `node:cluster` is not loaded. */
function isClusterWorker(): boolean {
  if (process.send === undefined) return false;
  const { isWorker }: Pick<Cluster, 'isWorker'> = createRequire(process.execPath)('node:cluster');
  return isWorker;
}
