import { PassThrough } from 'node:stream';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import winston from 'winston';
import {
  LoggerMetricExporter,
  type LoggerMetricExporterOptions,
} from '../../../src/exporters/logger/index.ts';
import { RECORD_FIELDS } from '../../../src/record/index.ts';
import { captureDiag } from '../../support/diag.ts';
import { exportTo } from '../export-to.ts';
import { RUN_ID, steadyRun } from '../run-metrics.ts';

let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(() => logged.stop());

/** An hour at 70 W, at 100 g/kWh. */
const SENTENCE = 'project "codecarbon": 0.07 kWh, 0.007 kg CO2-equivalent in 3600 s';
const FIGURES = { run_id: RUN_ID, energy_consumed: 0.07, duration: 3600, country_name: null };

/** One run from its beginning to its end. */
async function finish(options: LoggerMetricExporterOptions): Promise<void> {
  const exporter = new LoggerMetricExporter(options);
  await exportTo(exporter, steadyRun(3600));
  await exporter.shutdown();
}

/** A pino that writes into memory. */
function openPino() {
  const stream = new PassThrough();
  const logger = pino({ level: 'trace' }, stream);
  return { logger, lines: () => linesOf(stream) };
}

/** A winston that writes into memory. */
function openWinston(levels: Readonly<Record<string, number>> = winston.config.npm.levels) {
  const stream = new PassThrough();
  const logger = winston.createLogger({
    levels: { ...levels },
    level: 'debug',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  return { logger, lines: () => linesOf(stream) };
}

function linesOf(stream: PassThrough): Record<string, unknown>[] {
  const text = String(stream.read() ?? '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A logger that keeps what it is called with. */
function openAny(...methods: string[]) {
  const calls: { method: string; args: readonly unknown[] }[] = [];
  const entries = ['info', ...methods].map((method) => [
    method,
    (...args: unknown[]) => void calls.push({ method, args }),
  ]);
  return { logger: Object.fromEntries(entries) as { info(): void }, calls };
}

describe('a line of JSON', () => {
  it('is one text with every field in the order of the record, null for what is not known', async () => {
    const { logger, calls } = openAny();
    await finish({ logger });
    const [{ args } = { args: [] }, ...others] = calls;
    expect(others).toEqual([]);
    expect(args).toHaveLength(1);
    expect(String(args[0])).not.toContain('\n');
    const fields = JSON.parse(String(args[0])) as object;
    expect(Object.keys(fields)).toEqual(RECORD_FIELDS);
    expect(fields).toMatchObject(FIGURES);
  });

  it('goes to the console when no logger is given', async () => {
    const info = vi.spyOn(globalThis.console, 'info').mockImplementation(() => {});
    await finish({});
    expect(info.mock.calls).toHaveLength(1);
    expect(JSON.parse(String(info.mock.calls[0]?.[0]))).toMatchObject(FIGURES);
    info.mockRestore();
  });

  it('is the message of pino and of winston', async () => {
    const { logger: pinoLogger, lines: ofPino } = openPino();
    const { logger: winstonLogger, lines: ofWinston } = openWinston();
    await finish({ logger: pinoLogger });
    await finish({ logger: winstonLogger });
    expect(JSON.parse(String(ofPino()[0]?.msg))).toMatchObject(FIGURES);
    expect(JSON.parse(String(ofWinston()[0]?.message))).toMatchObject(FIGURES);
  });

  it('comes after the preamble', async () => {
    const { logger, calls } = openAny();
    await finish({ logger, loggerPreamble: 'train 7' });
    expect(String(calls[0]?.args[0])).toMatch(/^\[train 7\] \{"timestamp":/);
  });
});

describe('an object', () => {
  it('gives pino its fields and its message', async () => {
    const { logger, lines } = openPino();
    await finish({ logger, loggerFormat: 'object' });
    expect(lines()).toEqual([expect.objectContaining({ level: 30, msg: SENTENCE, ...FIGURES })]);
  });

  it('gives winston its fields and its message', async () => {
    const { logger, lines } = openWinston();
    await finish({ logger, loggerFormat: 'object' });
    expect(lines()).toEqual([
      expect.objectContaining({ level: 'info', message: SENTENCE, ...FIGURES }),
    ]);
  });

  it('gives any other logger one object of its own', async () => {
    const { logger, calls } = openAny();
    await finish({ logger, loggerFormat: 'object', loggerPreamble: 'nightly' });
    expect(calls).toEqual([
      {
        method: 'info',
        args: [expect.objectContaining({ message: `[nightly] ${SENTENCE}`, ...FIGURES })],
      },
    ]);
  });

  it('keeps its figures from a logger that writes into what it gets', async () => {
    const seen: unknown[] = [];
    const logger = {
      info: (fields: Record<string, unknown>) => {
        seen.push({ ...fields });
        fields.duration = 'spoiled';
      },
    };
    const exporter = new LoggerMetricExporter({ logger, loggerFormat: 'object', live: true });
    await exportTo(exporter, steadyRun(1));
    await exportTo(exporter, steadyRun(2));
    await exporter.shutdown();
    expect(seen).toMatchObject([{ duration: 1 }, { duration: 2 }]);
  });
});

describe('Google Cloud', () => {
  it('reads severity, message and fields from a line', async () => {
    const { logger, calls } = openAny('warn');
    await finish({ logger, loggerFormat: 'google-cloud', loggerLevel: 'warning' });
    expect(calls.map(({ method }) => method)).toEqual(['warn']);
    expect(JSON.parse(String(calls[0]?.args[0]))).toMatchObject({
      severity: 'WARNING',
      message: SENTENCE,
      ...FIGURES,
    });
  });

  it('gets structured entries through its own library', async () => {
    const written: unknown[] = [];
    // As Log and LogSync of @google-cloud/logging are: methods that need their `this`.
    const log = {
      entry(metadata: object, data: object) {
        return { metadata, data, of: this };
      },
      async write(entry: object) {
        written.push(entry);
      },
    };
    await finish({ logger: log });
    expect(written).toEqual([
      {
        metadata: { severity: 'INFO' },
        data: expect.objectContaining({ message: SENTENCE, ...FIGURES }),
        of: log,
      },
    ]);
  });
});

describe('levels', () => {
  it.each([
    ['debug', 20],
    ['info', 30],
    ['warning', 40],
    ['error', 50],
    ['critical', 60],
  ] as const)('%s is level %i of pino', async (loggerLevel, level) => {
    const { logger, lines } = openPino();
    await finish({ logger, loggerLevel });
    expect(lines()[0]?.level).toBe(level);
  });

  it.each([
    ['warning', 'warn', winston.config.npm.levels],
    ['critical', 'error', winston.config.npm.levels],
    ['warning', 'warning', winston.config.syslog.levels],
    ['critical', 'crit', winston.config.syslog.levels],
  ] as const)('%s is %s of winston', async (loggerLevel, level, levels) => {
    const { logger, lines } = openWinston(levels);
    await finish({ logger, loggerLevel });
    expect(lines()[0]?.level).toBe(level);
  });

  it('that the logger does not have are an error at construction', () => {
    const { logger } = openAny('warn');
    expect(() => new LoggerMetricExporter({ logger, loggerLevel: 'error' })).toThrow(
      'loggerLevel: "error" is not valid; allowed: the levels that the logger has: info, warning.',
    );
  });
});

describe('when it writes', () => {
  it('is once, at the end, whatever is exported and flushed before', async () => {
    const { logger, calls } = openAny();
    const exporter = new LoggerMetricExporter({ logger });
    for (const seconds of [1, 2, 3]) await exportTo(exporter, steadyRun(seconds));
    await exporter.forceFlush();
    expect(calls).toEqual([]);
    await exporter.shutdown();
    expect(calls.map(({ args }) => JSON.parse(String(args[0])).duration)).toEqual([3]);
  });

  it('is at every export with `live`, and no record twice', async () => {
    const { logger, calls } = openAny();
    const exporter = new LoggerMetricExporter({ logger, live: true });
    for (const seconds of [1, 2]) await exportTo(exporter, steadyRun(seconds));
    await exporter.forceFlush();
    await exporter.shutdown();
    expect(calls.map(({ args }) => JSON.parse(String(args[0])).duration)).toEqual([1, 2]);
  });
});

describe('a bad logger', () => {
  it.each([
    ['throws', () => Promise.reject(new Error('disk full')), 'disk full'],
    [
      'rejects',
      () => {
        throw 'disk full';
      },
      'disk full',
    ],
  ])('that %s fails the export and is tried again', async (_, fail, why) => {
    const seen: string[] = [];
    const logger = {
      info: (line: string): unknown => (seen.push(line) === 1 ? fail() : undefined),
    };
    const exporter = new LoggerMetricExporter({ logger, live: true });
    const first = await exportTo(exporter, steadyRun(1));
    expect(first.error?.message).toBe(`logger: the logger did not take the record: ${why}`);
    expect(await exportTo(exporter, steadyRun(2))).toEqual({ code: 0 });
    await exporter.shutdown();
    expect(seen).toHaveLength(2);
  });

  it('that throws at the end is logged, and shutdown resolves', async () => {
    const logger = {
      info: () => {
        throw new Error('broken');
      },
    };
    await finish({ logger });
    expect(logged.messages('error')).toEqual([
      expect.stringContaining('the logger did not take the record: broken'),
    ]);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'console'],
    ['no info', { log: () => {} }],
  ])('is an error at construction: %s', (_, logger) => {
    expect(() => new LoggerMetricExporter({ logger: logger as never })).toThrow(/^logger: /);
  });

  it('is no logger and no provider', () => {
    expect(() => new LoggerMetricExporter({ logger: false, loggerProvider: false })).toThrow(
      'there is nowhere to write',
    );
  });
});

describe('types', () => {
  it('take the loggers that people have', () => {
    type Logger = NonNullable<LoggerMetricExporterOptions['logger']>;
    expectTypeOf<Console>().toExtend<Logger>();
    expectTypeOf<pino.Logger>().toExtend<Logger>();
    expectTypeOf<winston.Logger>().toExtend<Logger>();
  });
});
