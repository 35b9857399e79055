import { type DiagLogFunction, type DiagLogger, diag } from '@opentelemetry/api';
import { SCOPE_NAME } from './semconv.ts';

/** OpenTelemetry's diagnostic logger for what this package has to say. One that throws is not listened to. */
export function diagLogger(): DiagLogger {
  const logger = diag.createComponentLogger({ namespace: SCOPE_NAME });
  const guarded =
    (level: keyof DiagLogger): DiagLogFunction =>
    (message, ...more) => {
      try {
        logger[level](message, ...more);
      } catch {
        // A fault of the program's logger must not come back to it through us.
      }
    };
  return {
    error: guarded('error'),
    warn: guarded('warn'),
    info: guarded('info'),
    debug: guarded('debug'),
    verbose: guarded('verbose'),
  };
}
