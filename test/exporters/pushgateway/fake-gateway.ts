import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export interface FakeGateway {
  readonly url: string;
  readonly received: Received[];
  /** The next requests are answered so, one each; `hang` is no answer at all. Afterwards 200. */
  readonly replies: (Reply | 'hang')[];
  close(): Promise<void>;
}

export async function startFakeGateway(): Promise<FakeGateway> {
  const received: Received[] = [];
  const replies: FakeGateway['replies'] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method, url: path, headers } = request;
    received.push({ method, path, headers, text: Buffer.concat(parts).toString() });
    const reply = replies.shift() ?? { status: 200 };
    if (reply !== 'hang') response.writeHead(reply.status, reply.headers).end(reply.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    replies,
    close: async () => {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}
