import { setTimeout as pause } from 'node:timers/promises';

// Mebibytes of heap (after a collection of garbage) and of resident memory: bare, sdk or ours.
const variant = process.argv[2];
let kept;
if (variant !== 'bare') {
  await import('@opentelemetry/instrumentation');
  const { instrumented, sdkAlone } = await import('./provider.mjs');
  kept = variant === 'sdk' ? sdkAlone() : (await instrumented())();
  for (let round = 0; round < 3; round += 1) {
    await pause(1000);
    await kept.reader.collect();
  }
} else await pause(3000);
for (let round = 0; round < 4; round += 1) {
  globalThis.gc();
  await pause(50);
}
const { heapUsed, rss } = process.memoryUsage();
console.log(
  JSON.stringify({ heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20, kept: kept !== undefined }),
);
process.exit(0);
