import { context, createContextKey } from '@opentelemetry/api';

/**
 * What is needed of `@opentelemetry/core`, written out: importing it as an ES module costs
 * 9 ms, because Node analyses all of its CommonJS exports first. A test compares them with the original.
 */

/** `ExportResultCode.SUCCESS`. */
export const EXPORT_SUCCESS = 0;
/** `ExportResultCode.FAILED`. */
export const EXPORT_FAILED = 1;

/** Whether OpenTelemetry is switched off as a whole (`OTEL_SDK_DISABLED`). */
export const isSdkDisabled = (): boolean =>
  process.env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';

/** A key of the API's context is its text: every copy of OpenTelemetry means the same one. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Runs `act` so that no instrumentation makes spans of what it does, as `suppressTracing` does. */
export const untraced = <Value>(act: () => Value): Value =>
  context.with(context.active().setValue(SUPPRESS_TRACING, true), act);
