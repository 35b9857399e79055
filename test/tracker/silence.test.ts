import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConfigurationError, EmissionsExporter, OfflineEmissionsTracker } from '../../src/index.ts';
import { startFakeGateway } from '../exporters/pushgateway/fake-gateway.ts';
import { startServer } from '../http/server.ts';
import { captureDiag } from '../support/diag.ts';

const PREFIX = 'opentelemetry-instrumentation-codecarbon: ';

let outputDir: string;
let lines: string[];

beforeEach(() => {
  outputDir = mkdtempSync(join(tmpdir(), 'tracker-'));
  lines = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(outputDir, { recursive: true, force: true });
});

const tracker = (options = {}) =>
  new OfflineEmissionsTracker({ countryIsoCode: 'USA', outputDir, saveToFile: false, ...options });

async function track(options = {}) {
  const tracked = tracker(options);
  tracked.start();
  return tracked.stop();
}

async function refusing(): Promise<string> {
  const { url, close } = await startServer((response) => response.writeHead(422).end('no'));
  onTestFinished(() => close());
  return url;
}

describe('a tracker in a program that sets no diag logger', () => {
  it('says on stderr, in one line and once, what it could not write', async () => {
    const emissionsEndpoint = await refusing();
    await track({ emissionsEndpoint });
    await track({ emissionsEndpoint });
    expect(lines).toEqual([expect.stringMatching(/^\S+: http: .*422.*\n$/)]);
    expect(lines[0]?.startsWith(PREFIX)).toBe(true);
  });

  it('leaves stderr alone where there is a logger', async () => {
    const logged = captureDiag();
    onTestFinished(() => logged.stop());
    await track({ emissionsEndpoint: await refusing() });
    expect(lines).toEqual([]);
    expect(logged.messages('error')).toHaveLength(1);
  });

  it('leaves stderr alone when all is well', async () => {
    await track({ saveToFile: true });
    expect(lines).toEqual([]);
  });

  it('says that another tracker pushes to the same group', async () => {
    const gateway = await startFakeGateway();
    onTestFinished(() => gateway.close());
    const to = { saveToPrometheus: true, prometheusUrl: gateway.url };
    const [one, other] = [tracker(to), tracker(to)];
    one.start();
    other.start();
    await Promise.all([one.stop(), other.stop()]);
    expect(lines).toEqual([expect.stringContaining(gateway.url)]);
  });

  it('says that its session could not be opened, and gives an empty record', async () => {
    class Broken extends EmissionsExporter {
      protected override write(): void {}
      override selectAggregationTemporality(): AggregationTemporality {
        throw new Error('broken on purpose');
      }
    }
    const tracked = tracker({ projectName: 'p', outputHandlers: [new Broken()] });
    tracked.start();
    expect(await tracked.flush()).toMatchObject({ project_name: 'p', energy_consumed: undefined });
    expect(await tracked.stop()).toMatchObject({ project_name: 'p', energy_consumed: undefined });
    expect(lines).toEqual([`${PREFIX}broken on purpose\n`]);
  });
});

describe('a tracker that is used in an unusual way', () => {
  it('can be started after a stop() that came too early', async () => {
    const tracked = tracker();
    await expect(tracked.stop()).rejects.toThrow('has not been started');
    tracked.start();
    const record = await tracked.stop();
    expect(record.duration).toBeGreaterThan(0);
    expect(await tracked.stop()).toBe(record);
  });

  it('listens to the end of the program once, however many trackers run', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const before = process.listenerCount('beforeExit');
    const many = Array.from({ length: 12 }, () => tracker());
    for (const tracked of many) tracked.start();
    expect(process.listenerCount('beforeExit')).toBe(before + 1);
    await Promise.all(many.map((tracked) => tracked.stop()));
    expect(process.listenerCount('beforeExit')).toBe(before);
    expect(warned).not.toHaveBeenCalled();
  });

  it.each([
    ['null', null],
    ['an object that is no list', {}],
    ['null in the list', [null]],
    ['an object that exports nothing', [{ forceFlush() {}, shutdown() {} }]],
    ['a class', [EmissionsExporter]],
  ])('refuses as outputHandlers: %s', (_, outputHandlers) => {
    expect(() => tracker({ outputHandlers })).toThrow(ConfigurationError);
    expect(() => tracker({ outputHandlers })).toThrow(/^outputHandlers/);
  });

  it.each([
    ['prometheusUrl', { saveToPrometheus: true, prometheusUrl: 'ftp://x' }],
    ['logfireBaseUrl', { saveToLogfire: true, logfireToken: 't', logfireBaseUrl: 'nowhere' }],
    ['emissionsEndpoint', { emissionsEndpoint: 'nowhere' }],
    ['apiEndpoint', { saveToApi: true, apiKey: 'k', apiEndpoint: 'nowhere' }],
  ])('refuses a wrong %s at once', (name, options) => {
    expect(() => tracker(options)).toThrow(ConfigurationError);
    expect(() => tracker(options)).toThrow(new RegExp(`^${name}: `));
  });
});
