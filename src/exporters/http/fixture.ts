import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmissionsRecord } from '../../record/index.ts';
import type { ExporterFixture } from '../fixture.ts';
import { HttpMetricExporter } from './index.ts';

export const fixture: ExporterFixture = {
  open: async () => {
    const records = new Map<string, EmissionsRecord>();
    const server = await jsonServer((body) => {
      const record = body as EmissionsRecord;
      records.set(record.run_id, record);
    });
    return {
      ...server,
      exporter: new HttpMetricExporter({
        emissionsEndpoint: server.place.replace('//', '//me:geheim@'),
        headers: { 'x-team-token': 'streng-geheim' },
        hmacSecret: 'hmac-secret',
        live: true,
      }),
      arrived: async () => [...records.values()].map(asText),
      secrets: ['geheim', 'hmac-secret', Buffer.from('me:geheim').toString('base64')],
    };
  },
};

/** What a test of an output that posts JSON needs: a server that takes it, or says why not. */
export interface JsonServer {
  /** Its URL. */
  readonly place: string;
  breakSink(): Promise<void>;
  repair(): Promise<void>;
  close(): Promise<void>;
}

/** Gives each body to `take` and answers 201 with what that returns; broken, it answers with all it was sent. */
export async function jsonServer(
  take: (body: unknown, path: string) => unknown,
): Promise<JsonServer> {
  let isBroken = false;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    if (isBroken) response.writeHead(401).end(JSON.stringify(request.headers));
    else response.writeHead(201).end(JSON.stringify(take(JSON.parse(text), request.url ?? '')));
  }).listen(0, '127.0.0.1');
  // It is in the exporter's process: what is its own would look like the exporter's.
  server.unref().on('connection', (socket) => socket.unref());
  await once(server, 'listening');
  return {
    place: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakSink: async () => {
      isBroken = true;
    },
    repair: async () => {
      isBroken = false;
    },
    close: async () => {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}

const asText = (record: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record).map(([field, value]) => [field, value === null ? '' : String(value)]),
  );
