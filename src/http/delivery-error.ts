/** What is known of a failure beside its words. */
export interface Failure {
  /** Status of the answer; undefined when there was none. */
  readonly status?: number | undefined;
  /** Code of the system, of TLS or of the HTTP parser: `ECONNREFUSED`, `CERT_HAS_EXPIRED`. */
  readonly code?: string | undefined;
  /** True when the same request may succeed a little later: worth another try. */
  readonly retryable: boolean;
  /** How long the server asks to be left alone (`Retry-After`), in ms. */
  readonly retryAfterMillis?: number | undefined;
  /** The beginning of the answer's body as it came: it may hold a secret, so it belongs into no message. */
  readonly body?: string | undefined;
}

/**
 * A request that did not succeed. Its message names method, origin and path (never user, password, query
 * or a header) and says what to do; it fits into a log line as it is.
 */
export class DeliveryError extends Error implements Failure {
  override readonly name = 'DeliveryError';
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMillis: number | undefined;
  declare readonly body: string | undefined;

  constructor(message: string, failure: Failure) {
    super(message);
    this.status = failure.status;
    this.code = failure.code;
    this.retryable = failure.retryable;
    this.retryAfterMillis = failure.retryAfterMillis;
    // Not enumerable: a logger that prints the whole error does not print it.
    Object.defineProperty(this, 'body', { value: failure.body });
  }

  /**
   * True when the server understood whose request it is and will never take this body: 400, 413, 415,
   * 422. Sending it again is of no use; other bodies may pass.
   */
  get refused(): boolean {
    return this.status !== undefined && REFUSALS.includes(this.status);
  }
}

const REFUSALS = [400, 413, 415, 422];
