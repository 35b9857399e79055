import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { instrumented, withInstruments } from './provider.mjs';

// Milliseconds of the set-up, from its first line to the first energy in a collection, and the longest time for which
// the event loop stood still after it: with the instrumentation (ours), or with one that observes nothing (silent).
const start = process.argv[2] === 'ours' ? await instrumented() : await withInstruments();
await pause(200);

let last = performance.now();
let block = 0;
let isWatching = true;
(async () => {
  while (isWatching) {
    await nextTurn();
    const now = performance.now();
    block = Math.max(block, now - last);
    last = now;
  }
})();
await pause(50);

const begin = performance.now();
const { reader } = start();
const setup = performance.now() - begin;
await nextTurn();
last = performance.now();
block = 0;

let first;
for (let round = 0; round < 150; round += 1) {
  await pause(first === undefined ? 5 : 20);
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  const energy = metrics.find(({ descriptor }) => descriptor.name === 'codecarbon_energy_consumed');
  if (energy?.dataPoints.some(({ value }) => value > 0)) first ??= performance.now() - begin;
}
isWatching = false;
console.log(JSON.stringify({ setup, first, block }));
process.exit(0);
