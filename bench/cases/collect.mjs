import { setTimeout as pause } from 'node:timers/promises';
import { instrumented } from './provider.mjs';

// Milliseconds of CPU for one collection with emissions: back to back, and 60 ms apart with a fresh sample in each.
const { reader } = (await instrumented())();
await pause(1500);
for (let round = 0; round < 500; round += 1) await reader.collect();

const warm = [];
for (let round = 0; round < 2000; round += 1) warm.push(await cost());
const apart = [];
for (let round = 0; round < 100; round += 1) {
  await pause(60);
  apart.push(await cost());
}
console.log(JSON.stringify({ warm, apart }));
process.exit(0);

async function cost() {
  const before = process.cpuUsage();
  await reader.collect();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}
