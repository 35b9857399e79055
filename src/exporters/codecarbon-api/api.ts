import { DeliveryError, send } from '../../http.ts';
import type { SendBounds } from '../../spool.ts';
import type { EmissionBody, RunBody } from './serialize.ts';

/** One call of POST /emissions with all that it needs; this is what is kept on disk. */
export interface Call {
  /** `Idempotency-Key`: run and sequence. */
  readonly key: string;
  /** Our own identifier of the run. */
  readonly runId: string;
  /** The API's, if it was known when the call was made. */
  readonly apiRunId: string | undefined;
  readonly run: RunBody;
  readonly emission: EmissionBody;
}

export interface Destination {
  readonly endpoint: string;
  readonly apiKey: string;
  /** Experiment for runs that do not say theirs, by its name in a project. */
  readonly experiment: Named | undefined;
}

/** An experiment by its name. */
export interface Named {
  readonly name: string;
  readonly projectId: string;
}

/** The CodeCarbon API: makes a run there when its first call comes. */
export interface Api {
  call(call: Call, bounds: SendBounds): Promise<void>;
  /** What the API calls our run; undefined as long as it has none. */
  apiRunId(runId: string): string | undefined;
}

export function openApi({ endpoint, apiKey, experiment }: Destination): Api {
  const base = endpoint.replace(/\/+$/, '');
  const runs = new Map<string, string>();
  let found: string | undefined;

  const request = async (path: string, given: SendBounds, post?: Post): Promise<string> => {
    const { timeoutMillis, retries } = given;
    const bounds = { timeoutMillis, retries };
    const url = `${base}/${path}`;
    const headers = { 'x-api-token': apiKey };
    if (post === undefined) return (await send({ url, headers, needsBody: true, ...bounds })).body;
    const { key, body, needsBody } = post;
    const answer = await send({
      url,
      headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
      needsBody,
      ...bounds,
    });
    return answer.body;
  };
  const experimentId = async (bounds: SendBounds): Promise<string | undefined> => {
    if (experiment === undefined) return undefined;
    const path = `projects/${encodeURIComponent(experiment.projectId)}/experiments`;
    found ??= pick(await request(path, bounds), experiment.name, `GET ${base}/${path}`);
    return found;
  };
  const makeRun = async ({ runId, run }: Call, bounds: SendBounds): Promise<string> => {
    const body = { ...run, experiment_id: run.experiment_id ?? (await experimentId(bounds)) };
    const text = await request('runs', bounds, { key: runId, body, needsBody: true });
    return idIn(text, `POST ${base}/runs`);
  };
  return {
    apiRunId: (runId) => runs.get(runId),
    async call(call, bounds) {
      const { notes } = bounds;
      // A call from the spool may be made by one process after the other: the run is made once.
      const known = call.apiRunId ?? runs.get(call.runId) ?? (await notes?.recall(call.runId));
      const apiRunId = known ?? (await makeRun(call, bounds));
      runs.set(call.runId, apiRunId);
      if (known === undefined) await notes?.note(call.runId, apiRunId);
      const { timestamp, ...figures } = call.emission;
      const body = { timestamp, run_id: apiRunId, ...figures };
      await request('emissions', bounds, { key: call.key, body, needsBody: false });
    },
  };
}

/** Reads what was kept; undefined for something else. */
export function readCall(content: unknown): Call | undefined {
  const call = content as Partial<Call> | null;
  const isCall =
    typeof call?.key === 'string' &&
    typeof call.runId === 'string' &&
    (call.apiRunId === undefined || typeof call.apiRunId === 'string') &&
    typeof call.run?.timestamp === 'string' &&
    typeof call.emission?.duration === 'number';
  return isCall ? (call as Call) : undefined;
}

interface Post {
  readonly key: string;
  readonly body: object;
  readonly needsBody: boolean;
}

function idIn(text: string, what: string): string {
  const { id } = (parse(text) ?? {}) as { readonly id?: unknown };
  if (typeof id === 'string' && id !== '') return id;
  throw unusable(what, 'the answer names no run (JSON with an `id`); check apiEndpoint');
}

function pick(text: string, name: string, what: string): string {
  const list = parse(text);
  if (!Array.isArray(list)) throw unusable(what, 'the answer is no list; check apiEndpoint');
  const experiments = list as readonly { readonly id?: unknown; readonly name?: unknown }[];
  const id = experiments.find((experiment) => experiment?.name === name)?.id;
  if (typeof id === 'string') return id;
  const names = experiments.slice(0, 5).map((experiment) => JSON.stringify(experiment?.name));
  throw unusable(
    what,
    `no experiment is called ${JSON.stringify(name)}; there are ${names.join(', ') || 'none'}; set experimentId`,
  );
}

const unusable = (what: string, why: string): DeliveryError =>
  new DeliveryError(`${what}: ${why}`, { retryable: false });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
