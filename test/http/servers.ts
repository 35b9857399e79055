import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A server of bytes on this machine: `onRequest` gets each connection once something has come. */
export async function rawServer(onRequest: (socket: Socket) => void): Promise<Opened> {
  return listening(
    createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => onRequest(socket));
    }),
  );
}

/** A server that speaks TLS with a certificate of its own. */
export const tlsServer = (
  { key, cert }: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<Opened> => listening(createHttps({ key, cert }, listener));

/** A proxy that leads every host to this machine, and notes what it was asked for. */
export async function proxyServer(
  ports: Readonly<Record<string, number>>,
): Promise<Opened & { readonly asked: string[] }> {
  const asked: string[] = [];
  const note = (method: string, target: string, authorization: string | undefined): void =>
    void asked.push(`${method} ${target} ${authorization ?? '-'}`);
  const server = createHttp((request, response) => {
    note(request.method ?? '', request.url ?? '', request.headers['proxy-authorization']);
    response.end('by proxy');
  });
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? '';
    note('CONNECT', target, request.headers['proxy-authorization']);
    const port = ports[target];
    if (port === undefined) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
  });
  return { ...(await listening(server)), asked };
}

export interface Opened {
  readonly port: number;
  close(): Promise<void>;
}

async function listening(server: Server): Promise<Opened> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
