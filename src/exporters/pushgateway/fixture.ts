import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmissionsRecord } from '../../record/index.ts';
import type { ExporterFixture } from '../fixture.ts';
import { PushgatewayMetricExporter } from './index.ts';

export const fixture: ExporterFixture = {
  open: async () => {
    const groups = new Map<string | undefined, string>();
    let isBroken = false;
    const server = createServer(async (request, response) => {
      const text = await bodyOf(request);
      if (isBroken) response.writeHead(401).end('not with this password: geheim');
      else {
        groups.set(request.url, text);
        response.end();
      }
    }).listen(0, '127.0.0.1');
    // It is in the exporter's process: what is its own would look like the exporter's.
    server.unref().on('connection', (socket) => socket.unref());
    await once(server, 'listening');
    const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return {
      exporter: new PushgatewayMetricExporter({
        prometheusUrl: place,
        prometheusUsername: 'me',
        prometheusPassword: 'geheim',
      }),
      breakSink: async () => {
        isBroken = true;
      },
      repair: async () => {
        isBroken = false;
      },
      arrived: async () => [...groups.values()].map(fieldsOf),
      secrets: ['geheim', Buffer.from('me:geheim').toString('base64')],
      place,
      close: async () => {
        const closed = once(server.close(), 'close');
        server.closeAllConnections();
        await closed;
      },
    };
  },
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** The fields of a record that are metrics of their own. */
const FIELDS = ['duration', 'emissions', 'cpu_energy', 'ram_energy', 'energy_consumed'] as const;

function fieldsOf(text: string): Partial<Record<keyof EmissionsRecord, string>> {
  const values = FIELDS.map(
    (field) => [field, sampleOf(text, `codecarbon_${field}_total`)] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

const sampleOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'm').exec(text)?.[1];
