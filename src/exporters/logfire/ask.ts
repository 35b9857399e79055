/** Asks a person for a line; rejects with `LogfireLoginError` (`cancelled`) when they leave. */
export type Ask = (question: string) => Promise<string>;

/** A person, or nobody, at the other end of a log-in. */
export interface LoginIo {
  write(text: string): void;
  /** Undefined when nobody can answer: then every question must be answered by an option. */
  readonly ask?: Ask | undefined;
}

/** One of several, by number; Enter takes the first. */
export async function pick<Choice>(
  choices: readonly Choice[],
  question: string,
  show: (choice: Choice) => string,
  io: LoginIo,
  ask: Ask,
): Promise<Choice> {
  const lines = choices.map((choice, index) => `  ${index + 1}. ${show(choice)}\n`);
  io.write(`${question}\n${lines.join('')}`);
  for (;;) {
    const answer = (await ask(`1-${choices.length} [1]: `)).trim() || '1';
    const at = /^\d+$/.test(answer) ? Number(answer) - 1 : -1;
    // A choice may be undefined itself.
    if (at in choices) return choices[at] as Choice;
  }
}
