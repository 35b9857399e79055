import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';
import { instrumented } from './provider.mjs';

// Of every sample that the timer of a program takes which does nothing else: microseconds of CPU, and milliseconds for
// which the event loop stood still. Nobody collects, so that once a minute one has all samples of before to work out.
const [seconds] = process.argv.slice(2);
const samples = [];
const { setInterval } = timers;
timers.setInterval = (act, ...more) => setInterval(() => watch(act), ...more);
syncBuiltinESMExports();

const { provider } = (await instrumented(2 ** 30))();
await pause(Number(seconds) * 1e3);
console.log(JSON.stringify(samples));
await provider.shutdown();

function watch(act) {
  const before = process.cpuUsage();
  const began = performance.now();
  act();
  const block = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  samples.push({ cpu: user + system, block });
}
