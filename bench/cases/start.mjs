import { instrumented } from './provider.mjs';

// Milliseconds from the first line of the set-up to the first energy in a collection, and the longest
// time for which the event loop stood still meanwhile and in the two seconds after.
const start = await instrumented();
await new Promise((resolve) => setTimeout(resolve, 200));

let longest = 0;
let last = performance.now();
const watch = () => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  if (watching) setImmediate(watch);
};
let watching = true;
setImmediate(watch);
await new Promise((resolve) => setTimeout(resolve, 50));
longest = 0;

const begin = performance.now();
const { reader } = start();
const setup = performance.now() - begin;
let first;
while (first === undefined) {
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  const energy = metrics.find(({ descriptor }) => descriptor.name === 'codecarbon_energy_consumed');
  if (energy?.dataPoints.some(({ value }) => value > 0)) first = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 2));
}
await new Promise((resolve) => setTimeout(resolve, 2000));
watching = false;
console.log(JSON.stringify({ setup, first, block: longest }));
process.exit(0);
