import { npm, prepare } from './setup.mjs';

/** `npm test`: installs and builds if need be, then lint, types and tests. Further arguments go to vitest. */
prepare();

const failed = ['lint', 'typecheck'].filter((script) => {
  const { status, stdout, stderr } = npm(['run', '--silent', script], 'pipe');
  if (status !== 0) console.error(`${stdout}${stderr}`);
  console.error(`${script}: ${status === 0 ? 'ok' : 'FAILED'}`);
  return status !== 0;
});

const { status } = npm(['exec', '--', 'vitest', 'run', ...process.argv.slice(2)]);

if (failed.length > 0)
  console.error(`Beside the tests, ${failed.join(' and ')} failed: see above.`);
process.exitCode = status === 0 && failed.length === 0 ? 0 : 1;
