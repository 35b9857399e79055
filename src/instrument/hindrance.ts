import cluster from 'node:cluster';
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
  if (cluster.isWorker) {
    return {
      level: 'warn',
      message:
        'nothing is measured in a cluster worker: every worker would count the whole machine. ' +
        'Register the instrumentation in the primary, or run `codecarbon-otel monitor` beside the cluster',
    };
  }
  return undefined;
}
