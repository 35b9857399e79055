import { setTimeout as pause } from 'node:timers/promises';
import { instrumented, sdkAlone } from './provider.mjs';

// Milliseconds of CPU a second, all threads, of a program that sleeps: with the SDK alone (sdk), with a timer beside it
// that does nothing once a second (timer), and measured (ours).
const [variant, seconds, warmUp] = process.argv.slice(2);
const { provider } = variant === 'ours' ? (await instrumented())() : sdkAlone();
if (variant === 'timer') setInterval(() => undefined, 1000).unref();
const hold = setInterval(() => undefined, 2 ** 30);
// Loading the tables, and what V8 compiles and collects after a start, are paid once.
await provider.forceFlush();
await pause(Number(warmUp) * 1e3);
const before = process.cpuUsage();
await pause(Number(seconds) * 1e3);
const { user, system } = process.cpuUsage(before);
clearInterval(hold);
console.log(JSON.stringify({ cpu: (user + system) / 1e3 / Number(seconds) }));
await provider.shutdown();
