import { openSync, readdirSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { instrumented, sdkAlone } from './provider.mjs';

// Milliseconds of CPU a second, all threads, of a program that sleeps: with the SDK alone (sdk), with a timer beside it
// that does nothing once a second (timer), or only reads the files that measuring reads, as often (reads), and measured (ours).
const page = Buffer.alloc(4096);
let ticks = 0;
const [variant, seconds, warmUp] = process.argv.slice(2);
const { provider } = variant === 'ours' ? (await instrumented())() : sdkAlone();
if (variant === 'timer') setInterval(() => undefined, 1000).unref();
if (variant === 'reads') setInterval(readAll, 1000, countedFiles()).unref();
const hold = setInterval(() => undefined, 2 ** 30);
// Loading the tables, and what V8 compiles and collects after a start and at the first export, are paid once.
await provider.forceFlush();
await pause(Number(warmUp) * 1e3);
const before = process.cpuUsage();
await pause(Number(seconds) * 1e3);
const { user, system } = process.cpuUsage(before);
clearInterval(hold);
console.log(JSON.stringify({ cpu: (user + system) / 1e3 / Number(seconds) }));
await provider.shutdown();

function countedFiles() {
  const powercap = `${process.env.HOST_SYS}/class/powercap`;
  const counters = readdirSync(powercap).filter((name) => name.includes(':'));
  const paths = counters.map((name) => `${powercap}/${name}/energy_uj`);
  return {
    counters: [...paths, '/proc/stat'].map((path) => openSync(path)),
    memory: openSync('/proc/meminfo'),
  };
}

function readAll({ counters, memory }) {
  for (const descriptor of counters) readSync(descriptor, page, 0, page.length, 0);
  ticks += 1;
  if (ticks % 5 === 0) readSync(memory, page, 0, page.length, 0);
}
