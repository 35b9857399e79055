import { availableParallelism } from 'node:os';
import { isMainThread, Worker } from 'node:worker_threads';

/** Work for half of the CPUs in bursts, so that there is something to see. Ends with the program that started it. */
const BURST_MILLIS = 2000;
const PAUSE_MILLIS = 2000;

if (isMainThread) {
  process.on('disconnect', () => process.exit(0));
  const workers = Math.max(1, Math.floor(availableParallelism() / 2));
  for (let count = 0; count < workers; count += 1) new Worker(new URL(import.meta.url));
} else {
  burst();
}

function burst() {
  const end = performance.now() + BURST_MILLIS;
  for (let x = 1; performance.now() < end; ) x = Math.sqrt(x + Math.sin(x));
  setTimeout(burst, PAUSE_MILLIS);
}
