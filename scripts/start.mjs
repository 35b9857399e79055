import { fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './setup.mjs';

/**
 * `npm start`: installs and builds if need be, then measures this machine for 15 s around a small
 * workload and serves the metrics meanwhile. Further arguments are flags of `codecarbon-otel monitor`.
 */
const SECONDS = '15';
const PORT = '9464';

const parent = process.ppid;
prepare();

const given = process.argv.slice(2);
const env = { ...process.env };
if (!env.CODECARBON_PROMETHEUS_PORT && !env.OTEL_EXPORTER_PROMETHEUS_PORT) {
  env.CODECARBON_PROMETHEUS_PORT = PORT;
}
const hasCommand = given.includes('--');
const args = hasCommand ? given : ['--duration', SECONDS, ...given];

const workload = hasCommand ? undefined : fork(join(root, 'scripts', 'workload.mjs'));
const monitor = spawn(
  process.execPath,
  [join(root, 'dist', 'cli', 'main.mjs'), 'monitor', ...args],
  { stdio: 'inherit', env },
);

// Ctrl-C reaches every program of the terminal by itself: this one waits for the summary.
process.on('SIGINT', () => process.stdin.isTTY || monitor.kill('SIGINT'));
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => monitor.kill(signal));

// npm ends its shell but not the shell's child: without this a run without end would stay behind.
setInterval(() => process.ppid === parent || monitor.kill('SIGTERM'), 1000).unref();

monitor.on('error', (error) => {
  console.error(error.message);
  finish(1);
});
monitor.on('exit', (code) => finish(code ?? 1));

function finish(code) {
  workload?.kill();
  process.exitCode = code;
}
