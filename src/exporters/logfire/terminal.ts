import type { Ask, LoginIo } from './ask.ts';
import { cancelled } from './login-error.ts';

/** The terminal of this process: questions go to stderr, so that stdout stays what the program says. */
export function terminalIo(): LoginIo {
  const { stdin, stderr } = process;
  const isTerminal = stdin.isTTY === true && stderr.isTTY === true;
  return {
    write: (text) => void stderr.write(text),
    ...(isTerminal && { ask: askOn(stdin, stderr) }),
  };
}

/** Asks on these streams. Ctrl-C and Ctrl-D leave the log-in, whoever else listens for signals. */
function askOn(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask {
  return async (question) => {
    const { createInterface } = await import('node:readline');
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input, output });
      let answer: string | undefined;
      lines.on('close', () => {
        if (answer !== undefined) return resolve(answer);
        output.write('\n');
        reject(cancelled());
      });
      lines.question(question, (line) => {
        answer = line;
        lines.close();
      });
    });
  };
}
