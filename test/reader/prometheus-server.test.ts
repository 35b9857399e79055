import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmissionsPrometheusExporter } from '../../src/prometheus.ts';
import { captureDiag } from '../support/diag.ts';
import { rig } from '../support/rig.ts';

type Options = ConstructorParameters<typeof EmissionsPrometheusExporter>[0];

const open: { stopServer(): Promise<void> }[] = [];
let logged: ReturnType<typeof captureDiag>;
beforeEach(() => {
  logged = captureDiag();
});
afterEach(async () => {
  logged.stop();
  vi.unstubAllEnvs();
  for (const exporter of open.splice(0)) await exporter.stopServer();
});

/** What the callback of the constructor is told. */
function construct(options: Options): Promise<{
  exporter: EmissionsPrometheusExporter;
  error: Error | undefined;
}> {
  return new Promise((resolve) => {
    const exporter = new EmissionsPrometheusExporter(options, (error) =>
      resolve({ exporter, error: error ?? undefined }),
    );
    open.push(exporter);
  });
}

/** An exporter with metrics, on a free port. */
async function serving(options: Options = {}): Promise<EmissionsPrometheusExporter> {
  const { exporter } = await construct({ port: 0, countryIsoCode: 'FRA', ...options });
  rig({ readers: [exporter] }).set(2);
  return exporter;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function ask(url: string | undefined, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(String(url), options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(parts),
        }),
      );
    });
    sent.on('error', reject).end();
  });
}

/** Prometheus says how long it waits. */
const waiting = (seconds: number): RequestOptions => ({
  headers: { 'x-prometheus-scrape-timeout-seconds': String(seconds) },
});

class Failing extends EmissionsPrometheusExporter {
  override collect(): Promise<CollectionResult> {
    return Promise.reject(new Error('no data today'));
  }
}

class Hanging extends EmissionsPrometheusExporter {
  override collect(): Promise<CollectionResult> {
    return new Promise(() => {});
  }
}

describe('an answer', () => {
  it('names the format of the text and its length', async () => {
    const { status, headers, body } = await ask((await serving()).url);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['content-length']).toBe(String(body.length));
    expect(String(body)).toMatch(/^codecarbon_energy_consumed_total\{.*\} 2$/m);
    expect(String(body)).toMatch(/\n$/);
  });

  it.each(['gzip', 'deflate, gzip;q=0.5', 'GZIP', '*', 'br, *;q=0.1'])(
    'is compressed for a scraper that accepts "%s"',
    async (accepted) => {
      const exporter = await serving();
      const { headers, body } = await ask(exporter.url, {
        headers: { 'accept-encoding': accepted },
      });
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers.vary).toBe('accept-encoding');
      expect(headers['content-length']).toBe(String(body.length));
      expect(String(gunzipSync(body))).toContain('codecarbon_emissions_total');
    },
  );

  it.each(['', 'identity', 'gzip;q=0', 'gzip; q=0.0, *', 'br'])(
    'is not compressed for one that accepts "%s"',
    async (accepted) => {
      const exporter = await serving();
      const { headers, body } = await ask(exporter.url, {
        headers: { 'accept-encoding': accepted },
      });
      expect(headers['content-encoding']).toBeUndefined();
      expect(String(body)).toContain('codecarbon_emissions_total');
    },
  );

  it('to HEAD has the headers of GET and no body', async () => {
    const { url } = await serving();
    const got = await ask(url);
    const head = await ask(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(head.headers['content-type']).toBe(got.headers['content-type']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(1000);
  });

  it('is 404 elsewhere, 405 for what does not read', async () => {
    const { url } = await serving();
    expect((await ask(`${url}/x`)).status).toBe(404);
    expect((await ask(`${url}?name=codecarbon_info`)).status).toBe(200);
    const posted = await ask(url, { method: 'POST' });
    expect(posted.status).toBe(405);
    expect(posted.headers.allow).toBe('GET, HEAD');
  });

  it('goes to every one of many scrapes at once', async () => {
    const { url } = await serving();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(String(body)).toMatch(/^codecarbon_emissions_total\{.*\} 0\.08836$/m);
    }
  });
});

describe('what fails', () => {
  it('a failed collection is 500, said once', async () => {
    const exporter = new Failing({ port: 0 });
    open.push(exporter);
    await exporter.startServer();
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const { status, body } = await ask(exporter.url);
      expect(status).toBe(500);
      expect(String(body)).toBe('# the collection failed: no data today\n');
    }
    expect(logged.messages('error')).toEqual([expect.stringContaining('no data today')]);
  });

  it('an exporter without a provider, or shut down, is 500', async () => {
    const { exporter } = await construct({ port: 0 });
    expect((await ask(exporter.url)).status).toBe(500);
  });

  it('a collection that never ends is 503 before the scraper gives up', async () => {
    const exporter = new Hanging({ port: 0 });
    open.push(exporter);
    await exporter.startServer();
    const { status, body } = await ask(exporter.url, waiting(0.2));
    expect(status).toBe(503);
    expect(String(body)).toContain('longer than 180 ms');
  });

  it('a callback that hangs loses its own metrics only', async () => {
    const { exporter } = await construct({ port: 0, countryIsoCode: 'FRA' });
    const { provider, set } = rig({ readers: [exporter] });
    set(2);
    provider
      .getMeter('app')
      .createObservableGauge('stuck')
      .addCallback(() => new Promise(() => {}));
    const { status, body } = await ask(exporter.url, waiting(0.4));
    expect(status).toBe(200);
    expect(String(body)).toMatch(/^codecarbon_emissions_total\{.*\} 0\.08836$/m);
    expect(String(body)).not.toContain('stuck');
    expect(logged.messages('error').join()).toContain('a part of a scrape is missing');
  });
});

describe('the address', () => {
  it('port 0 is a free one, which the exporter names', async () => {
    const exporter = await serving({ endpoint: 'energy' });
    expect(exporter.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/energy$/);
    expect(exporter.url).not.toContain(':9464/');
    expect((await ask(exporter.url)).status).toBe(200);
    await exporter.stopServer();
    expect(exporter.url).toBeUndefined();
  });

  it('port 0 may come from the variable; one that is no port is warned about and ignored', async () => {
    vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_PORT', '0');
    const { exporter } = await construct({});
    expect(exporter.url).not.toContain(':9464/');
    vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_PORT', '94640');
    await construct({ preventServerStart: true });
    expect(logged.messages('warn').join()).toContain('OTEL_EXPORTER_PROMETHEUS_PORT: "94640"');
  });

  it('a port in use is an error that names it, and throws nothing', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { exporter, error } = await construct({ port });
    expect(error?.message).toContain(`127.0.0.1 port ${port}: the port is in use`);
    expect(error).toMatchObject({ code: 'EADDRINUSE' });
    expect(logged.messages('error').join()).toContain(String(port));
    expect(exporter.url).toBeUndefined();
    await expect(exporter.startServer()).rejects.toThrow(String(port));
    taken.close();
    await once(taken, 'close');
    await exporter.startServer();
    expect(exporter.url).toContain(String(port));
  });

  it('two exporters on one port: the second says so', async () => {
    const { exporter } = await construct({ port: 0 });
    const port = Number(new URL(String(exporter.url)).port);
    const { error } = await construct({ port });
    expect(error?.message).toContain(`port ${port}: the port is in use`);
  });

  it.each([-1, 65_536, 1.5, Number.NaN])('port %s is refused', (port) => {
    expect(() => new EmissionsPrometheusExporter({ port })).toThrow('port:');
  });

  it('survives a callback that throws', async () => {
    const exporter = new EmissionsPrometheusExporter({ port: 0 }, () => {
      throw new Error('not mine');
    });
    open.push(exporter);
    await exporter.startServer();
    await new Promise(setImmediate);
    expect(logged.messages('error').join()).toContain('callback');
  });

  it('starts again after a stop', async () => {
    const exporter = await serving();
    await exporter.stopServer();
    await exporter.stopServer();
    await Promise.all([exporter.startServer(), exporter.startServer()]);
    expect((await ask(exporter.url)).status).toBe(200);
  });
});

describe('a server of the app', () => {
  it('answers with the handler, compressed and all', async () => {
    const { exporter } = await construct({ preventServerStart: true, countryIsoCode: 'FRA' });
    rig({ readers: [exporter] }).set(2);
    const server = createServer((incoming, response) => {
      if (incoming.url === '/own') exporter.getMetricsRequestHandler(incoming, response);
      else response.end('app');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/own`;
    const { status, headers, body } = await ask(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('version=0.0.4');
    expect(String(gunzipSync(body))).toMatch(/^codecarbon_emissions_total\{.*\} 0\.08836$/m);
    expect(exporter.url).toBeUndefined();
    server.close();
  });
});

describe('the end', () => {
  it('shutting the reader down ends the server, whoever is still being answered', async () => {
    const exporter = new Hanging({ port: 0 });
    await exporter.startServer();
    const hanging = ask(exporter.url).catch((error: NodeJS.ErrnoException) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await exporter.shutdown();
    expect(await hanging).toBe('ECONNRESET');
  });

  it('a scraper that keeps its connection does not keep the program', async () => {
    const exporter = await serving();
    const scraper = connect(Number(new URL(String(exporter.url)).port), '127.0.0.1').unref();
    scraper.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(scraper, 'data');
    await vi.waitFor(() => expect(sockets()).toEqual([]));
    expect(scraper.destroyed).toBe(false);
    scraper.destroy();
  });
});

/** Sockets that would keep the process from ending. */
const sockets = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((resource) => /TCP/.test(resource));
