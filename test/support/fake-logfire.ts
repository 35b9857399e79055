import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type DecodedPoint, decodeMetrics } from './otlp-json.ts';

/** A request as it arrived, and what was answered. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  status: number | undefined;
}

export interface Project {
  readonly organization_name: string;
  readonly project_name: string;
}

/** What a path does instead of its work. */
export type Misbehaviour =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** Never answers; or answers one byte now and then; or breaks off. */
  | 'hang'
  | 'trickle'
  | 'reset'
  /** Answers 200 with more than anybody wants. */
  | 'flood';

export interface FakeLogfire {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Points of every export that was accepted, in order. */
  readonly points: readonly DecodedPoint[];
  /** What was wrong with exports that were not. */
  readonly problems: readonly string[];
  readonly projects: Project[];
  readonly organizations: string[];
  /** Write tokens that are valid now. */
  readonly writeTokens: Map<string, Project>;
  /** User tokens that are valid now. */
  readonly userTokens: Set<string>;
  /** What the person in the browser does with the log-in that waits: at once, or when it comes. */
  answerLogin(answer: 'approve' | 'deny' | 'nothing'): void;
  /** When the next user token expires, as Logfire writes it. */
  expiration: string;
  /** From now on (for so many requests) a path misbehaves. */
  misbehave(path: RegExp, how: Misbehaviour, times?: number): void;
  behave(): void;
  close(): Promise<void>;
}

export const WRITE_TOKEN = 'pylf_v1_us_0123456789abcdefghijklmnopqrstuvwxyz';
export const USER_TOKEN = 'pylf_v1_us_userABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** How long `/wait` holds a request; the real one about 10 s. */
const POLL_MILLIS = 20;
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const reply = (status: number, body: unknown): Reply => ({ status, body });

/** A Logfire on this machine: log-in, organizations, projects, write tokens and metrics, checked. */
export async function startFakeLogfire(): Promise<FakeLogfire> {
  const requests: SeenRequest[] = [];
  const points: DecodedPoint[] = [];
  const problems: string[] = [];
  const faults: { path: RegExp; how: Misbehaviour; times: number }[] = [];
  const devices = new Map<string, 'waiting' | 'denied'>();
  let login: 'approve' | 'deny' | 'nothing' = 'nothing';
  let made = 0;

  const fake = {
    requests,
    points,
    problems,
    projects: [{ organization_name: 'acme', project_name: 'shop' }] as Project[],
    organizations: ['acme'],
    writeTokens: new Map<string, Project>([
      [WRITE_TOKEN, { organization_name: 'acme', project_name: 'shop' }],
    ]),
    userTokens: new Set<string>([USER_TOKEN]),
    expiration: '2099-12-31T23:59:59',
    answerLogin: (answer: 'approve' | 'deny' | 'nothing'): void => {
      login = answer;
    },
    misbehave: (path: RegExp, how: Misbehaviour, times = Number.POSITIVE_INFINITY): void => {
      faults.push({ path, how, times });
    },
    behave: (): void => void faults.splice(0),
  };

  const server = createServer((message, response) => {
    const parts: Buffer[] = [];
    message.on('data', (part: Buffer) => parts.push(part));
    message.on('error', () => {});
    message.on('end', () => {
      const { pathname, search } = new URL(message.url ?? '/', 'http://fake');
      const request: SeenRequest = {
        method: message.method ?? '',
        path: decodeURIComponent(pathname),
        query: search,
        headers: message.headers,
        body: Buffer.concat(parts),
        status: undefined,
      };
      requests.push(request);
      response.on('close', () => {
        request.status ??= response.headersSent ? response.statusCode : undefined;
      });
      const fault = faults.find(({ path, times }) => times > 0 && path.test(request.path));
      if (fault !== undefined) {
        fault.times -= 1;
        misbehave(response, fault.how);
        return;
      }
      void respond(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
    });
  });

  async function respond(request: SeenRequest): Promise<Reply> {
    const { method, path } = request;
    if (method === 'POST' && path === '/v1/metrics') return takeMetrics(request);
    if (method === 'POST' && path === '/v1/device-auth/new/') return newDevice(request);
    const [, code] = /^\/v1\/device-auth\/wait\/([^/]+)$/.exec(path) ?? [];
    if (method === 'GET' && code !== undefined) return waitForLogin(code);
    if (method === 'GET' && path === '/v1/info') return info(request);
    return account(request);
  }

  function newDevice({ query }: SeenRequest): Reply {
    if (!/^\?machine_name=[^&]+$/.test(query)) return reply(422, { detail: 'machine_name' });
    made += 1;
    const code = `device-${made}`;
    devices.set(code, 'waiting');
    return reply(200, {
      device_code: code,
      frontend_auth_url: `${address()}/auth/device/${code}`,
    });
  }

  async function waitForLogin(code: string): Promise<Reply> {
    if (devices.get(code) !== 'waiting') return reply(404, { detail: 'Device code not found' });
    if (login === 'nothing') await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    if (login === 'nothing') return reply(200, null);
    devices.delete(code);
    if (login === 'deny') return reply(403, { detail: 'The log-in was refused' });
    fake.userTokens.add(USER_TOKEN);
    return reply(200, { token: USER_TOKEN, expiration: fake.expiration });
  }

  function info({ headers }: SeenRequest): Reply {
    const project = fake.writeTokens.get(headers.authorization ?? '');
    if (project === undefined) return reply(401, { detail: 'Invalid token' });
    return reply(200, { project_name: project.project_name, project_url: urlOf(project) });
  }

  function account({ method, path, headers, body }: SeenRequest): Reply {
    if (!fake.userTokens.has(headers.authorization ?? '')) {
      return reply(401, { detail: 'Invalid or expired token' });
    }
    if (method === 'GET' && path === '/v1/writable-projects/') {
      return reply(200, fake.projects);
    }
    if (method === 'GET' && path === '/v1/organizations/available-for-projects/') {
      const names = fake.organizations.map((organization_name) => ({ organization_name }));
      return reply(200, names);
    }
    const [, org = '', project, tokens] =
      /^\/v1\/organizations\/([^/]+)\/projects(?:\/([^/]+)\/(write-tokens\/))?$/.exec(path) ?? [];
    if (method !== 'POST' || !fake.organizations.includes(org)) {
      return reply(404, { detail: 'Not Found' });
    }
    if (project === undefined) return newProject(org, body);
    if (tokens === undefined || !isProject(org, project)) {
      return reply(404, { detail: 'Not Found' });
    }
    return newWriteToken({ organization_name: org, project_name: project });
  }

  const isProject = (org: string, name: string): boolean =>
    fake.projects.some((p) => p.organization_name === org && p.project_name === name);

  function newProject(org: string, body: Buffer): Reply {
    const { project_name: name } = JSON.parse(body.toString()) as { project_name: string };
    if (!NAME.test(name) || name.length > 50) {
      const msg = 'Value error, the name may only contain lowercase letters, digits and hyphens';
      const detail = [{ type: 'value_error', loc: ['body', 'project_name'], msg }];
      return reply(422, { detail });
    }
    if (isProject(org, name)) return reply(409, { detail: 'Project already exists' });
    const project = { organization_name: org, project_name: name };
    fake.projects.push(project);
    return newWriteToken(project);
  }

  function newWriteToken(project: Project): Reply {
    const token = `pylf_v1_us_written${fake.writeTokens.size}abcdefghijklmnopqrstuvwxyz`;
    fake.writeTokens.set(token, project);
    const { project_name } = project;
    return reply(200, { project_name, token, project_url: urlOf(project) });
  }

  function takeMetrics({ headers, body }: SeenRequest): Reply {
    if (!fake.writeTokens.has(headers.authorization ?? '')) {
      return reply(401, { detail: 'Invalid token' });
    }
    try {
      if (headers['content-encoding'] !== 'gzip') throw new Error('not compressed');
      if (headers['content-type'] !== 'application/json') throw new Error('not JSON');
      points.push(...decodeMetrics(gunzipSync(body).toString()));
      return reply(200, { partialSuccess: {} });
    } catch (error) {
      problems.push((error as Error).message);
      return reply(400, { detail: (error as Error).message });
    }
  }

  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urlOf = ({ organization_name, project_name }: Project): string =>
    `${address()}/${organization_name}/${project_name}`;

  // Only the program under test keeps the process.
  server.unref().on('connection', (socket) => socket.unref());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(fake, {
    url: address(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function misbehave(response: ServerResponse, how: Misbehaviour): void {
  if (how === 'hang') return;
  if (how === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (how === 'trickle' || how === 'flood') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const flood = how === 'flood';
    const part = ' '.repeat(flood ? 2 ** 20 : 1);
    const timer = setInterval(() => response.write(part), flood ? 1 : 20);
    response.on('close', () => clearInterval(timer));
    return;
  }
  response.writeHead(how.status, { 'content-type': 'application/json', ...how.headers });
  response.end(how.body ?? JSON.stringify({ detail: `status ${how.status}` }));
}
