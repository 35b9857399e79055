import { type DiagLogFunction, type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';

type Level = keyof DiagLogger;

/** Records what is logged through `diag` until it is stopped. */
export function captureDiag(): {
  messages(level: Level): readonly string[];
  stop(): void;
} {
  const lines: { level: Level; text: string }[] = [];
  const record =
    (level: Level): DiagLogFunction =>
    (...parts: unknown[]) =>
      void lines.push({ level, text: parts.join(' ') });
  diag.setLogger(
    {
      error: record('error'),
      warn: record('warn'),
      info: record('info'),
      debug: record('debug'),
      verbose: record('verbose'),
    },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  return {
    messages: (wanted) => lines.filter(({ level }) => level === wanted).map(({ text }) => text),
    stop: () => diag.disable(),
  };
}
