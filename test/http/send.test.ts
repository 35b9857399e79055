import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DeliveryError, type HttpRequest, send } from '../../src/http.ts';
import { type Respond, startServer, type TestServer } from './server.ts';
import { rawServer } from './servers.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function server(respond: Respond): Promise<TestServer> {
  const made = await startServer(respond);
  opened.push(made);
  return made;
}

async function raw(onRequest: (socket: Socket) => void): Promise<string> {
  const made = await rawServer(onRequest);
  opened.push(made);
  return `http://127.0.0.1:${made.port}/`;
}

const failure = (request: HttpRequest): Promise<DeliveryError> =>
  send(request).then(
    () => Promise.reject(new Error('it succeeded')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DeliveryError);
      return error as DeliveryError;
    },
  );

const lower = (text: string): string => text.toLowerCase();

const OK = 'HTTP/1.1 200 OK\r\n';

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

  it('opens a new connection where the server has closed the old one', async () => {
    const { url, received } = await server((response, _, request) => {
      response.end('ok');
      response.on('finish', () => setImmediate(() => request.socket.destroy()));
    });
    for (let n = 0; n < 20; n += 1) await send({ url, body: String(n), timeoutMillis: 5000 });
    expect(received.map(({ body }) => Number(body))).toEqual([...Array(20).keys()]);
  });

  it('accepts what it is told to', async () => {
    const { url } = await server((response) => response.writeHead(404).end('none'));
    const accepts = (status: number): boolean => status === 404;
    expect(await send({ url, accepts, timeoutMillis: 5000 })).toMatchObject({ body: 'none' });
  });
});

describe('what a message says', () => {
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

  it('says no header, whatever the server repeats of it', async () => {
    const { url } = await server((response, { headers }) =>
      response.writeHead(500).end(`x${'y'.repeat(190)}${JSON.stringify(headers)}`),
    );
    const secrets = { 'x-api-token': 'cpt_0123456789', authorization: 'Bearer sesame-token' };
    const error = await failure({ url, headers: secrets, timeoutMillis: 5000 });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/cpt_|0123|sesame/);
  });

  it.each<[form: string, write: (text: string) => string]>([
    ['as it is', (text) => text],
    ['in JSON', JSON.stringify],
    ['in JSON within JSON', (text) => JSON.stringify(JSON.stringify(text))],
    ['in the JSON of PHP', (text) => JSON.stringify(text).replaceAll('/', '\\/')],
    ['in the JSON of Python', (text) => JSON.stringify(text).replaceAll('é', '\\u00e9')],
    ['in a URL', encodeURIComponent],
    ['in a URL, in small letters', (text) => encodeURIComponent(text).replace(/%../g, lower)],
    ['in a form', (text) => new URLSearchParams({ said: text }).toString()],
    ['in HTML', (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
  ])('says no secret that the server repeats %s', async (_, write) => {
    const secret = 'ses"ame\\ o/pen & é(!)*~ clo"se';
    const { url } = await server((response) =>
      response.writeHead(401).end(`no: ${write(secret)}!`),
    );
    const { message } = await failure({ url, headers: { 'x-key': secret }, timeoutMillis: 5000 });
    expect(message).toContain('***');
    expect(message).not.toMatch(/ses|ame|pen|clo/);
  });

  it.each<[status: number, words: string, retryable: boolean, refused: boolean]>([
    [400, 'the server refuses what was sent', false, true],
    [401, 'the key or password is missing or wrong', false, false],
    [403, 'the key or password does not allow this', false, false],
    [404, 'nothing is there; check the URL', false, false],
    [405, 'the URL does not take this', false, false],
    [407, 'the proxy wants a user and a password', false, false],
    [408, 'the server waited too long', true, false],
    [413, 'the body is too large', false, true],
    [422, 'the server refuses what was sent', false, true],
    [429, 'too many requests', true, false],
    [500, 'the server failed', true, false],
    [503, 'the server failed', true, false],
  ])('%i: %s', async (status, words, retryable, refused) => {
    const { url } = await server((response) => response.writeHead(status).end('be\ncause\x07'));
    const error = await failure({ url: `${url}/p`, body: 'x', timeoutMillis: 5000 });
    expect(error.message).toMatch(new RegExp(`^POST ${url}/p: ${status} [A-Z].*; ${words}`));
    expect(error.message).toContain('; it says: be cause');
    expect(error).toMatchObject({ status, retryable, refused });
  });

  it.each<[what: string, url: string, words: string, retryable: boolean]>([
    ['a host that does not exist', 'http://no.such.host.invalid/x', 'DNS', true],
    ['a port on which nothing listens', 'http://127.0.0.1:1/x', 'nothing listens there', true],
  ])('%s', async (_, url, words, retryable) => {
    const error = await failure({ url, timeoutMillis: 5000 });
    expect(error.message).toContain(`GET ${url}: `);
    expect(error.message).toContain(words);
    if (!url.includes('invalid')) expect(error.retryable).toBe(retryable);
  });

  it.each<[what: string, answer: string, words: string]>([
    ['a connection that is closed without an answer', '', 'the connection was closed before'],
    ['something that is not HTTP', '220 smtp ready\r\n', 'what answers there does not speak HTTP'],
    ['endless headers', `${OK}x: ${'y'.repeat(100_000)}`, 'what answers there does not speak HTTP'],
  ])('%s', async (_, answer, words) => {
    const url = await raw((socket) => socket.end(answer));
    expect((await failure({ url, timeoutMillis: 5000 })).message).toContain(words);
  });

  it('a header that HTTP does not allow', async () => {
    const headers = { 'x-key': 'sesame\nx: y' };
    const error = await failure({ url: 'http://127.0.0.1:1', headers, timeoutMillis: 60_000 });
    expect(error.message).toContain('a header holds a character that HTTP does not allow');
    expect(error.message).not.toContain('sesame');
  });

  it('TLS where there is none', async () => {
    const url = (await raw((socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'))).replace(
      'http',
      'https',
    );
    const error = await failure({ url, timeoutMillis: 5000 });
    expect(error.message).toContain('TLS could not be agreed on');
    expect(error.retryable).toBe(false);
  });
});

describe('bounds', () => {
  const elapsed = async (act: () => Promise<unknown>): Promise<number> => {
    const since = performance.now();
    await act();
    return performance.now() - since;
  };

  it('gives up a server that accepts and says nothing', async () => {
    const url = await raw(() => {});
    const millis = await elapsed(async () => {
      const error = await failure({ url, body: 'x', timeoutMillis: 300, retries: 3 });
      expect(error.message).toContain('no answer in time');
    });
    expect(millis).toBeLessThan(1500);
  });

  it('gives up headers that trickle', async () => {
    const url = await raw((socket) => {
      socket.write(OK);
      const timer = setInterval(() => socket.write('x'), 20).unref();
      socket.on('close', () => clearInterval(timer));
    });
    expect((await failure({ url, timeoutMillis: 300 })).message).toContain('no answer in time');
  });

  const trickle = (socket: Socket): void => {
    socket.write(`${OK}content-length: 100000\r\n\r\n`);
    const timer = setInterval(() => socket.write('x'), 20).unref();
    socket.on('close', () => clearInterval(timer));
  };

  it('takes the status of an answer whose body trickles, and waits a second for it', async () => {
    const url = await raw(trickle);
    const millis = await elapsed(async () => {
      expect(await send({ url, body: 'x', timeoutMillis: 30_000 })).toMatchObject({
        status: 200,
        complete: false,
      });
    });
    expect(millis).toBeLessThan(3000);
  });

  it('does not take a body that trickles when it is needed', async () => {
    const url = await raw(trickle);
    const error = await failure({ url, needsBody: true, timeoutMillis: 400 });
    expect(error.message).toContain('the answer breaks off or is longer than');
  });

  it('does not take a body that breaks off when it is needed', async () => {
    const url = await raw((socket) => socket.end(`${OK}content-length: 10\r\n\r\n{"id`));
    expect(await send({ url, timeoutMillis: 5000 })).toMatchObject({ complete: false });
    const error = await failure({ url, needsBody: true, timeoutMillis: 5000 });
    expect(error).toMatchObject({ status: 200, retryable: true });
  });

  it('reads 64 KiB of an answer of a gigabyte, and closes the connection', async () => {
    let sent = 0;
    let closed: () => void = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const url = await raw((socket) => {
      const more = (): void => {
        while (sent < 2 ** 30 && socket.write(chunk)) sent += chunk.length;
      };
      socket.on('drain', more).on('close', closed);
      socket.write(`${OK}content-length: ${2 ** 30}\r\n\r\n`);
      more();
    });
    const answer = await send({ url, body: 'x', timeoutMillis: 20_000 });
    expect(answer).toMatchObject({ status: 200, complete: false });
    expect(answer.body).toHaveLength(64 * 1024);
    await isClosed;
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });
});

describe('further tries', () => {
  const failingTimes = (times: number, headers = {}): Promise<TestServer> => {
    let left = times;
    return server((response) => {
      left -= 1;
      response.writeHead(left >= 0 ? 503 : 200, left >= 0 ? headers : {}).end();
    });
  };

  it('are made for what passes, as many as allowed', async () => {
    const { url, received } = await failingTimes(2);
    expect(await send({ url, timeoutMillis: 10_000, retries: 2 })).toMatchObject({ status: 200 });
    expect(received).toHaveLength(3);
    const more = await failingTimes(2);
    expect((await failure({ url: more.url, timeoutMillis: 10_000, retries: 1 })).status).toBe(503);
    expect(more.received).toHaveLength(2);
  });

  it('are not made for what does not pass', async () => {
    const { url, received } = await server((response) => response.writeHead(403).end());
    await failure({ url, timeoutMillis: 10_000, retries: 5 });
    expect(received).toHaveLength(1);
  });

  it('come when the server wants them', async () => {
    const { url, received } = await failingTimes(1, { 'retry-after': '0' });
    await send({ url, timeoutMillis: 10_000, retries: 1 });
    expect(received).toHaveLength(2);
    const date = await failingTimes(1, {
      'retry-after': new Date(Date.now() + 1500).toUTCString(),
    });
    await send({ url: date.url, timeoutMillis: 10_000, retries: 1 });
    expect(date.received).toHaveLength(2);
  });

  it('are not made when the server wants to be left alone for longer than there is time', async () => {
    const { url, received } = await failingTimes(1, { 'retry-after': '60' });
    const error = await failure({ url, timeoutMillis: 1000, retries: 3 });
    expect(error.message).toMatch(/it asks to wait for 60 s; there is no time to wait for that$/);
    expect(error.retryAfterMillis).toBe(60_000);
    expect(received).toHaveLength(1);
  });
});

describe('redirects', () => {
  const redirecting = (status: number, location: string): Promise<TestServer> =>
    server((response, { path }) =>
      path === '/here' ? response.writeHead(status, { location }).end() : response.end('there'),
    );

  it.each([307, 308])('%i within the origin is followed, with method and body', async (status) => {
    const { url, received } = await redirecting(status, '/there');
    await send({ url: `${url}/here`, body: 'x', headers: { 'x-key': 'k' }, timeoutMillis: 5000 });
    expect(received).toMatchObject([
      { path: '/here' },
      { method: 'POST', path: '/there', body: 'x', headers: { 'x-key': 'k' } },
    ]);
  });

  it('of a GET are followed within the origin', async () => {
    const { url } = await redirecting(301, '/there');
    const answer = await send({ url: `${url}/here`, timeoutMillis: 5000, needsBody: true });
    expect(answer.body).toBe('there');
  });

  it.each([301, 302, 303])(
    '%i of a POST is not followed: it would become a GET',
    async (status) => {
      const { url, received } = await redirecting(status, '/there?token=sesame');
      const { message } = await failure({ url: `${url}/here`, body: 'x', timeoutMillis: 5000 });
      expect(message).toContain(
        `to ${url}/there, which is not followed; if it is right, set the URL`,
      );
      expect(received).toHaveLength(1);
    },
  );

  it.each([301, 302, 303, 307, 308])('%i to another origin is not followed', async (status) => {
    const other = await server((response) => response.end());
    const { url } = await redirecting(status, `${other.url}/there`);
    for (const body of ['x', undefined]) {
      const request = { url: `${url}/here`, headers: { 'x-key': 'k' }, timeoutMillis: 5000 };
      const error = await failure(body === undefined ? request : { ...request, body });
      expect(error.message).toContain(`to ${other.url}/there, which is not followed`);
    }
    expect(other.received).toEqual([]);
  });

  it('that lead in a circle end', async () => {
    const { url, received } = await redirecting(307, '/here');
    await failure({ url: `${url}/here`, timeoutMillis: 5000 });
    expect(received.length).toBeLessThan(10);
  });
});
