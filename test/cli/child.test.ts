import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/cli/child.ts';
import { fakeIo } from './fake-io.ts';

const node = (code: string): string[] => [process.execPath, '-e', code];

describe('exit code', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'child-'));
    writeFileSync(join(directory, 'plain'), 'not a program');
    chmodSync(join(directory, 'plain'), 0o644);
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([0, 1, 77, 255])('%i is passed through', async (code) => {
    expect(await runCommand(node(`process.exit(${code})`), fakeIo())).toEqual({ code });
  });

  it.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ])('%s gives 128 + n', async (signal, code) => {
    const ended = await runCommand(node(`process.kill(process.pid, '${signal}')`), fakeIo());
    expect(ended).toEqual({ code });
  });

  it('a command that does not exist gives 127', async () => {
    expect(await runCommand(['no-such-program-here'], fakeIo())).toEqual({
      code: 127,
      message: 'no-such-program-here: command not found',
    });
  });

  it.skipIf(process.platform === 'win32')('a file that is no program gives 126', async () => {
    const path = join(directory, 'plain');
    expect(await runCommand([path], fakeIo())).toEqual({
      code: 126,
      message: `${path}: cannot be executed (EACCES)`,
    });
  });

  it.each([[['']], [['a\0b']]])('%j is an error, not a crash', async (command) => {
    const { code, message } = await runCommand(command, fakeIo());
    expect(code).toBeGreaterThanOrEqual(126);
    expect(message).toBeDefined();
  });
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches the command', async (signal) => {
  const io = fakeIo();
  const program = `process.on('${signal}', () => process.exit(7)); setInterval(() => {}, 1000)`;
  const ended = runCommand(node(program), io);
  const sending = setInterval(() => io.send(signal), 50);
  const { code } = await ended;
  clearInterval(sending);
  // Sent before the program listens, the signal itself ends it.
  expect([7, 129, 130, 143]).toContain(code);
});

it('needs no shell: the arguments arrive as they are', async () => {
  const argument = '$HOME `date` "x" \\ *';
  const program = `process.exit(process.argv[1] === ${JSON.stringify(argument)} ? 0 : 1)`;
  expect(await runCommand([...node(program), argument], fakeIo())).toEqual({ code: 0 });
});

it.each([
  ['SIGINT', 0],
  ['SIGHUP', 0],
  ['SIGTERM', 143],
] as const)(
  'on a terminal, which sends its own, %s is not sent again: exit code %i',
  async (signal, code) => {
    const io = fakeIo({ hasTerminal: true });
    const ended = runCommand(node('setTimeout(() => {}, 300)'), io);
    const sending = setInterval(() => io.send(signal), 20);
    expect(await ended).toEqual({ code });
    clearInterval(sending);
  },
);
