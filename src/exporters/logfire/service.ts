import { type Answer, DeliveryError, send } from '../../http.ts';
import { LogfireLoginError } from './login-error.ts';
import type { UserToken } from './user-tokens.ts';

/** A log-in that waits for the person in the browser. */
export interface DeviceFlow {
  readonly deviceCode: string;
  /** The page on which the person agrees. */
  readonly authUrl: string;
}

export interface Project {
  readonly organization: string;
  readonly name: string;
}

/** The right to write into a project. */
export interface WriteToken {
  readonly token: string;
  readonly projectName: string;
  readonly projectUrl: string;
}

/** What became of the wish for a new project; without `token` the project is there and its token is still to be made. */
export type NewProject =
  | { readonly outcome: 'made'; readonly token: WriteToken | undefined }
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'invalid'; readonly why: string };

/** What a person may do on one Logfire. All reject with a `DeliveryError`; status 401: the user token is not valid (any more). */
export interface Account {
  projects(): Promise<readonly Project[]>;
  organizations(): Promise<readonly string[]>;
  createProject(project: Project): Promise<NewProject>;
  createWriteToken(project: Project): Promise<WriteToken>;
}

const TIMEOUT_MILLIS = 30_000;
/** Logfire holds the request for about 10 s. */
export const WAIT_TIMEOUT_MILLIS = 15_000;

/** Asks for a log-in. @param machineName shown to the person in the browser */
export async function startDeviceFlow(baseUrl: string, machineName: string): Promise<DeviceFlow> {
  const path = `/v1/device-auth/new/?machine_name=${encodeURIComponent(machineName)}`;
  const answer = await ask({ url: `${baseUrl}${path}`, method: 'POST', retries: 2 });
  const { device_code, frontend_auth_url } = fieldsOf(answer, baseUrl);
  const deviceCode = textIn(device_code, baseUrl);
  const authUrl = textIn(frontend_auth_url, baseUrl);
  if (!/^https?:\/\//.test(authUrl) || !URL.canParse(authUrl)) throw strange(baseUrl);
  return { deviceCode, authUrl: new URL(authUrl).href };
}

/** Waits a while for the person; undefined: not yet. */
export async function waitForUserToken(
  baseUrl: string,
  deviceCode: string,
  timeoutMillis: number = WAIT_TIMEOUT_MILLIS,
): Promise<UserToken | undefined> {
  const path = `/v1/device-auth/wait/${encodeURIComponent(deviceCode)}`;
  const answer = await ask({ url: `${baseUrl}${path}`, timeoutMillis });
  if (parse(answer, baseUrl) === null) return undefined;
  const { token, expiration } = fieldsOf(answer, baseUrl);
  return { token: textIn(token, baseUrl), expiration: textIn(expiration, baseUrl) };
}

/** The project that a write token belongs to; undefined when the token is not valid (any more). */
export async function projectOfToken(
  baseUrl: string,
  token: string,
): Promise<Pick<WriteToken, 'projectName' | 'projectUrl'> | undefined> {
  const headers = { authorization: token };
  const accepts = (status: number): boolean => isGood(status) || status === 401 || status === 403;
  const answer = await ask({ url: `${baseUrl}/v1/info`, headers, accepts, retries: 1 });
  if (!isGood(answer.status)) return undefined;
  const { project_name, project_url } = fieldsOf(answer, baseUrl);
  return {
    projectName: textIn(project_name, baseUrl),
    projectUrl: typeof project_url === 'string' ? clean(project_url) : '',
  };
}

/** What the owner of a user token may do. */
export function openAccount(baseUrl: string, { token }: UserToken): Account {
  const headers = { authorization: token };
  const get = async (path: string): Promise<readonly Fields[]> =>
    listOf(await ask({ url: `${baseUrl}${path}`, headers, retries: 2 }), baseUrl);
  const post = (path: string, body?: unknown, accepts: (status: number) => boolean = isGood) =>
    ask({
      url: `${baseUrl}${path}`,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      accepts,
    });
  return {
    async projects() {
      const found = await get('/v1/writable-projects/');
      return found.map(({ organization_name, project_name }) => ({
        organization: textIn(organization_name, baseUrl),
        name: textIn(project_name, baseUrl),
      }));
    },
    async organizations() {
      const found = await get('/v1/organizations/available-for-projects/');
      return found.map(({ organization_name }) => textIn(organization_name, baseUrl));
    },
    async createProject({ organization, name }) {
      const path = `/v1/organizations/${encodeURIComponent(organization)}/projects`;
      const accepts = (status: number): boolean =>
        isGood(status) || status === 409 || status === 422;
      const answer = await post(path, { project_name: name }, accepts);
      if (answer.status === 409) return { outcome: 'exists' };
      if (answer.status === 422) return { outcome: 'invalid', why: whyInvalid(answer) };
      const fields = fieldsOf(answer, baseUrl);
      const token = fields.token === undefined ? undefined : writeTokenIn(fields, baseUrl);
      return { outcome: 'made', token };
    },
    async createWriteToken({ organization, name }) {
      const project = `${encodeURIComponent(organization)}/projects/${encodeURIComponent(name)}`;
      const answer = await post(`/v1/organizations/${project}/write-tokens/`);
      return writeTokenIn(fieldsOf(answer, baseUrl), baseUrl);
    },
  };
}

type Request = Omit<Parameters<typeof send>[0], 'timeoutMillis'> & {
  readonly timeoutMillis?: number;
};

const ask = (request: Request): Promise<Answer> =>
  send({ timeoutMillis: TIMEOUT_MILLIS, needsBody: true, maxAnswerBytes: 2 ** 20, ...request });

const isGood = (status: number): boolean => status >= 200 && status < 300;

type Fields = Readonly<Record<string, unknown>>;

function parse({ body }: Answer, baseUrl: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw strange(baseUrl);
  }
}

function fieldsOf(answer: Answer, baseUrl: string): Fields {
  const value = parse(answer, baseUrl);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw strange(baseUrl);
  return value as Fields;
}

function listOf(answer: Answer, baseUrl: string): readonly Fields[] {
  const value = parse(answer, baseUrl);
  if (!Array.isArray(value)) throw strange(baseUrl);
  return value.map((entry: unknown) => (entry ?? {}) as Fields);
}

const writeTokenIn = (
  { token, project_name, project_url }: Fields,
  baseUrl: string,
): WriteToken => ({
  token: textIn(token, baseUrl),
  projectName: textIn(project_name, baseUrl),
  projectUrl: textIn(project_url, baseUrl),
});

/** A text of the server, without what would move the cursor of a terminal. */
function textIn(raw: unknown, baseUrl: string): string {
  const text = typeof raw === 'string' ? clean(raw) : '';
  if (text === '') throw strange(baseUrl);
  return text;
}

const clean = (text: string): string => text.replace(/\p{C}+/gu, '').trim();

/** `{ detail: [{ loc: ['body', 'project_name'], msg }] }` */
function whyInvalid({ body }: Answer): string {
  const [, message] = /"msg"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body) ?? [];
  return clean(message ?? 'Logfire does not take this name').slice(0, 200);
}

const strange = (baseUrl: string): LogfireLoginError =>
  new LogfireLoginError(
    `What answers at ${baseUrl} does not speak Logfire's protocol; check the region, or LOGFIRE_BASE_URL.`,
  );

/** True for an answer that says that the user token is not valid (any more). */
export const isUnauthorized = (error: unknown): boolean =>
  error instanceof DeliveryError && error.status === 401;
