import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';

/** A real PostgreSQL in this process, and a port where real clients speak to it, one at a time. */
export interface PostgresServer {
  readonly database: PGlite;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const database = await PGlite.create();
  const server = createServer((socket) => serve(socket, database)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    database,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      server.close();
      await database.close();
    },
  };
}

/** Answers the first message itself (PostgreSQL, "Message Formats": AuthenticationOk, ReadyForQuery), and passes the others on. */
function serve(socket: Socket, database: PGlite): void {
  let queue = Promise.resolve();
  let hasBegun = false;
  socket.on('error', () => {});
  socket.on('data', (message) => {
    if (!hasBegun) {
      hasBegun = true;
      socket.write(Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1'));
      return;
    }
    const isTerminate = message[0] === 'X'.charCodeAt(0);
    if (isTerminate) return void socket.end();
    queue = queue.then(async () => void socket.write(await database.execProtocolRaw(message)));
  });
}
