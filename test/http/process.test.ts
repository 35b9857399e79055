import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HttpRequest, send } from '../../src/http.ts';
import { startServer } from './server.ts';
import { type Opened, proxyServer, rawServer, tlsServer } from './servers.ts';

const opened: { close(): unknown }[] = [];
let directory: string;
let key: string;
let cert: string;
let ca: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'http-'));
  const names = [{ type: 2, value: 'api.test' }] as const;
  const made = await generate([{ name: 'commonName', value: 'api.test' }], {
    extensions: [{ name: 'subjectAltName', altNames: [...names] }],
  });
  key = made.private;
  cert = made.cert;
  ca = join(directory, 'ca.pem');
  writeFileSync(ca, cert);
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const keep = <Kept extends { close(): unknown }>(made: Kept): Kept => {
  opened.push(made);
  return made;
};

interface Ended {
  readonly said: Record<string, unknown>;
  readonly stderr: string;
  /** From the moment it had said something, in ms. */
  readonly lingered: number;
}

/** Sends a request in a process of its own. */
function inProcess(request: HttpRequest, env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn('node_modules/.bin/unrun', ['test/http/client.ts', JSON.stringify(request)], {
    env: { PATH: process.env.PATH, ...env },
  });
  let stdout = '';
  let stderr = '';
  let saidAt = performance.now();
  child.stdout.on('data', (text) => {
    saidAt = performance.now();
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      const said = JSON.parse(stdout === '' ? '{}' : stdout) as Record<string, unknown>;
      resolve({ said, stderr, lingered: performance.now() - saidAt });
    });
  });
}

describe('TLS', () => {
  const api = async (): Promise<Opened> =>
    keep(await tlsServer({ key, cert }, (_, response) => response.end('secure')));

  it('does not trust a certificate that nobody vouches for, and says what to do', async () => {
    const { port } = await api();
    const sent = send({ url: `https://localhost:${port}/`, timeoutMillis: 5000, retries: 3 });
    await expect(sent).rejects.toMatchObject({
      message: expect.stringMatching(
        /not trusted; name its authority in NODE_EXTRA_CA_CERTS \(DEPTH/,
      ),
      retryable: false,
    });
  });

  it('does not take the certificate of another host', async () => {
    const { port } = await api();
    const { said } = await inProcess(
      { url: `https://localhost:${port}/`, timeoutMillis: 5000 },
      { NODE_EXTRA_CA_CERTS: ca },
    );
    expect(said.error).toContain('the certificate is for another host; check the URL');
  });

  it('goes through the proxy of HTTPS_PROXY, end to end', async () => {
    const { port } = await api();
    const proxy = keep(await proxyServer({ 'api.test:443': port }));
    const { said, stderr } = await inProcess(
      { url: 'https://api.test/', timeoutMillis: 5000, needsBody: true },
      { NODE_EXTRA_CA_CERTS: ca, HTTPS_PROXY: `http://me:sesame@127.0.0.1:${proxy.port}` },
    );
    expect(said).toMatchObject({ status: 200, body: 'secure' });
    expect(stderr).toBe('');
    const basic = Buffer.from('me:sesame').toString('base64');
    expect(proxy.asked).toEqual([`CONNECT api.test:443 Basic ${basic}`]);
  });

  it('says what a proxy that refuses wants, and no password', async () => {
    const proxy = keep(await proxyServer({}));
    const { said } = await inProcess(
      { url: 'https://api.test/', timeoutMillis: 5000 },
      { HTTPS_PROXY: `http://me:sesame@127.0.0.1:${proxy.port}` },
    );
    expect(said.error).toMatch(/^GET https:\/\/api\.test\/: 407 .*; the proxy wants a user/);
    expect(said.error).not.toContain('sesame');
  });
});

describe('proxy variables', () => {
  const request = { url: 'http://api.test/x?y=1', timeoutMillis: 2000, needsBody: true };

  it('HTTP_PROXY is for http:', async () => {
    const proxy = keep(await proxyServer({}));
    const { said } = await inProcess(request, { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(said).toMatchObject({ body: 'by proxy' });
    expect(proxy.asked).toEqual(['GET http://api.test/x?y=1 -']);
  });

  it.each(['api.test', '.test', 'other, api.test:80', '*'])(
    'NO_PROXY=%s is honoured',
    async (no) => {
      const proxy = keep(await proxyServer({}));
      const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: no };
      const { said } = await inProcess(request, env);
      expect(said.error).toMatch(/DNS/);
      expect(proxy.asked).toEqual([]);
    },
  );

  it('that are no URL are an error, without the password', async () => {
    const { said } = await inProcess(request, { HTTP_PROXY: 'http://me:sesame@a b:x' });
    expect(said.error).toContain('HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is not a URL');
    expect(said.error).not.toContain('sesame');
  });

  it('this machine is never asked for through a proxy', async () => {
    const proxy = keep(await proxyServer({}));
    const server = keep(await startServer((response) => response.end('direct')));
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect((await inProcess({ ...request, url: server.url }, env)).said).toMatchObject({
      body: 'direct',
    });
  });
});

describe('the end of the process', () => {
  it('is not held up by a connection that is kept', async () => {
    const server = keep(await startServer((response) => response.end('ok')));
    const { said, lingered } = await inProcess({ url: server.url, timeoutMillis: 60_000 });
    expect(said).toMatchObject({ status: 200 });
    expect(lingered).toBeLessThan(2000);
  });

  it('is not held up by a body that does not end', async () => {
    const server = keep(
      await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1')),
    );
    const url = `http://127.0.0.1:${server.port}`;
    const { said, lingered } = await inProcess({ url, timeoutMillis: 60_000 });
    expect(said).toMatchObject({ status: 200, complete: false });
    expect(lingered).toBeLessThan(2000);
  });

  it('is not held up by what is sent in the background', async () => {
    const server = keep(await rawServer(() => {}));
    const url = `http://127.0.0.1:${server.port}`;
    const since = performance.now();
    expect(await inProcess({ url, timeoutMillis: 60_000, background: true })).toMatchObject({
      said: {},
    });
    expect(performance.now() - since).toBeLessThan(15_000);
  });
});
