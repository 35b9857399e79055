/** A log-in that did not succeed; its message is for a person, says what to do and holds no secret. */
export class LogfireLoginError extends Error {
  override readonly name = 'LogfireLoginError';
  /** True when the person left it (Ctrl-C, end of input). */
  readonly cancelled: boolean;

  constructor(message: string, options: { readonly cancelled?: boolean } = {}) {
    super(message);
    this.cancelled = options.cancelled ?? false;
  }
}

/** The error of a log-in that the person left. */
export const cancelled = (): LogfireLoginError =>
  new LogfireLoginError('The log-in was cancelled.', { cancelled: true });
