import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server was sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Respond = (
  response: ServerResponse,
  received: Received,
  request: IncomingMessage,
) => unknown;

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  /** Connections that were opened so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A server on this machine that records what it is sent; its sockets keep no process alive. */
export async function startServer(respond: Respond): Promise<TestServer> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const got: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(parts).toString(),
    };
    received.push(got);
    respond(response, got, request);
  });
  server.on('connection', (socket) => {
    connections += 1;
    socket.unref();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
