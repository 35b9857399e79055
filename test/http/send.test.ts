import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DeliveryError, type HttpRequest, send } from '../../src/http.ts';
import { type Respond, startServer, type TestServer } from './server.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function server(respond: Respond): Promise<TestServer> {
  const made = await startServer(respond);
  opened.push(made);
  return made;
}

/** A server of raw bytes. */
async function rawServer(onData: (socket: import('node:net').Socket) => void): Promise<string> {
  const made = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => onData(socket));
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  opened.push(made);
  return `http://127.0.0.1:${(made.address() as { port: number }).port}/`;
}

const failure = (request: HttpRequest): Promise<DeliveryError> =>
  send(request).then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DeliveryError);
      return error as DeliveryError;
    },
  );

describe('send', () => {
  it('posts a body and resolves with the answer', async () => {
    const { url, received } = await server((response) => response.writeHead(201).end('{"id":1}'));
    const answer = await send({
      url: `${url}/a?b=c`,
      headers: { 'Content-Type': 'application/json' },
      body: '{"x":1}',
      timeoutMillis: 5000,
      needsBody: true,
    });
    expect(answer).toMatchObject({ status: 201, body: '{"id":1}', complete: true });
    expect(received).toMatchObject([
      {
        method: 'POST',
        path: '/a?b=c',
        body: '{"x":1}',
        headers: {
          'content-type': 'application/json',
          'content-length': '7',
          'user-agent': expect.stringMatching(/^opentelemetry-instrumentation-codecarbon\/\d/),
        },
      },
    ]);
  });

  it('keeps the connection for the next request', async () => {
    const { url, connections } = await server((response) => response.end('ok'));
    for (let n = 0; n < 3; n += 1) await send({ url, body: 'x', timeoutMillis: 5000 });
    expect(connections()).toBe(1);
  });

  it('takes user and password from the URL, and says neither', async () => {
    const { url, received } = await server((response, { headers }) =>
      response.writeHead(401).end(`who is ${headers.authorization} or us/er:pa ss?`),
    );
    const full = url.replace('http://', 'http://us%2Fer:pa%20ss@');
    const { message } = await failure({ url: `${full}/x?token=abcdef`, timeoutMillis: 5000 });
    expect(received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('us/er:pa ss').toString('base64')}`,
    );
    expect(message).toBe(
      `GET ${url}/x: 401 Unauthorized; the key or password is missing or wrong; it says: who is *** or ***?`,
    );
  });
});
