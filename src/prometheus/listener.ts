import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DiagLogger } from '@opentelemetry/api';
import { diagLogger } from '../diag.ts';
import { type Address, originOf } from './address.ts';

/** An HTTP server that can be started and stopped again, and never keeps the process alive. */
export interface Listener {
  /** Rejects with an error that names host and port, and has the errno as `code`. */
  start(): Promise<void>;
  /** Answers under way may end first, for a second. */
  stop(): Promise<void>;
  /** Undefined while it does not listen. */
  origin(): string | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** How long answers under way may take when the server stops. */
const LONGEST_FAREWELL_MILLIS = 1000;

/** A server for `handle`, which does not listen yet. */
export function listenerOn(address: Address, handle: Handler): Listener {
  const log = diagLogger();
  let server: Server | undefined;
  let started: Promise<void> | undefined;
  return {
    start: () => {
      server ??= serverFor(handle);
      started ??= listen(server, address, log).catch((error: unknown) => {
        server = started = undefined;
        throw error;
      });
      return started;
    },
    stop: async () => {
      const [stopping, starting] = [server, started];
      server = started = undefined;
      await starting?.catch(() => {});
      if (stopping !== undefined) await close(stopping);
    },
    origin: () => {
      const bound = server?.address() as AddressInfo | null | undefined;
      return bound ? originOf({ host: address.host, port: bound.port }) : undefined;
    },
  };
}

/** A scraper keeps its connection: it must not keep the program, either. */
function serverFor(handle: Handler): Server {
  const server = createServer(handle).unref();
  return server.on('connection', (socket) => void socket.unref());
}

function listen(server: Server, address: Address, log: DiagLogger): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => reject(explained(error, address));
    server.once('error', refuse);
    // Exclusive: the workers of a cluster would share the port, and a scrape would find now this one, now that.
    server.listen({ ...address, exclusive: true }, () => {
      server.off('error', refuse);
      server.on('error', (error) => log.error('the server for Prometheus failed', error));
      resolve();
    });
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'the port is in use; choose another by the option "port" or OTEL_EXPORTER_PROMETHEUS_PORT, or 0 for any free port',
  EACCES: 'not allowed; choose a port above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; choose another host',
  ENOTFOUND: 'the host is not known; choose another',
};

function explained(cause: NodeJS.ErrnoException, { host, port }: Address): Error {
  const code = cause.code ?? 'UNKNOWN';
  const why = REMEDIES[code] ?? cause.message;
  const message = `metrics cannot be served for Prometheus on ${host} port ${port}: ${why} (${code})`;
  return Object.assign(new Error(message, { cause }), { code });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), LONGEST_FAREWELL_MILLIS).unref();
    // The only error it can have is that it does not listen, which is what is wanted.
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
