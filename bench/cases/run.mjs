import { setTimeout as pause } from 'node:timers/promises';
import { instrumented, sdkAlone } from './provider.mjs';

// Milliseconds of CPU a second, all threads: of a program that does nothing but be measured (ours), or not even that (sdk).
const [variant, seconds] = process.argv.slice(2);
const { provider } = variant === 'sdk' ? sdkAlone() : (await instrumented())();
const hold = setInterval(() => undefined, 60_000);
// Loading the tables, and what V8 compiles and collects after a start, are paid once.
await provider.forceFlush();
await pause(15_000);
const before = process.cpuUsage();
await pause(Number(seconds) * 1e3);
const { user, system } = process.cpuUsage(before);
clearInterval(hold);
console.log(JSON.stringify({ cpu: (user + system) / 1e3 / Number(seconds) }));
await provider.shutdown();
