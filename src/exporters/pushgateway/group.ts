import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { ConfigurationError } from '../../errors.ts';
import { ATTR_PROJECT_NAME, SCOPE_NAME } from '../../semconv.ts';
import type { Picked } from './serialize.ts';

/** The labels that name a group of a Pushgateway; a push replaces the whole group. */
export interface Group {
  readonly job: string;
  readonly instance: string;
}

/**
 * The address of a group below a gateway's root. A value with a slash, and one that an address cannot
 * hold as it is, goes in base64 (README of the Pushgateway, "About the job and instance labels").
 */
export function groupPath({ job, instance }: Group): string {
  return `/metrics/${segment('job', job)}/${segment('instance', instance)}`;
}

const SHORTENED = /^\.{1,2}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function segment(label: string, value: string): string {
  const isPlain =
    value !== '' && !value.includes('/') && !SHORTENED.test(value) && !LONE_SURROGATE.test(value);
  if (isPlain) return `${label}/${encodeURIComponent(value)}`;
  const encoded = Buffer.from(value).toString('base64url');
  // An empty value is one padding character: else the address would have no segment for it.
  return `${label}@base64/${encoded === '' ? '=' : encoded}`;
}

/**
 * The instance where no option names it: `service.instance.id` if the user set one, else
 * `<host>:<project>`, and in a worker of a cluster `<host>:<project>:<worker>`. Never an identifier of a
 * run: groups are never deleted by the gateway.
 */
export function instanceOf(picked: Picked | undefined, projectName: string | undefined): string {
  const chosen = chosenInstance(picked);
  if (chosen !== undefined) return chosen;
  const project = projectName ?? projectIn(picked) ?? 'codecarbon';
  return [hostname(), project, worker()].filter((part) => part !== undefined).join(':');
}

/**
 * The `service.instance.id` that the user set. The SDK's own detector sets it to a random UUID, so that a
 * UUID counts only where `OTEL_RESOURCE_ATTRIBUTES` names it.
 */
export const chosenInstance = (picked: Picked | undefined): string | undefined =>
  chosenId(picked?.resource['service.instance.id']);

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const NAMED_BY_VARIABLE = /(^|,)\s*service\.instance\.id\s*=/;

function chosenId(id: unknown): string | undefined {
  if (typeof id !== 'string' || id === '') return undefined;
  const isNamed = NAMED_BY_VARIABLE.test(process.env.OTEL_RESOURCE_ATTRIBUTES ?? '');
  return UUID.test(id) && !isNamed ? undefined : id;
}

function projectIn(picked: Picked | undefined): string | undefined {
  const own = picked?.scopeMetrics.filter(({ scope }) => scope.name === SCOPE_NAME) ?? [];
  const points = own.flatMap(({ metrics }) =>
    metrics.flatMap((metric) => metric.dataPoints[0] ?? []),
  );
  const project = points.find(({ attributes }) => attributes[ATTR_PROJECT_NAME] !== undefined);
  return project && String(project.attributes[ATTR_PROJECT_NAME]);
}

/** pm2 numbers its processes from 0 again after a restart; the numbers of `cluster` go on for ever. */
const worker = (): string | undefined =>
  process.env.NODE_APP_INSTANCE ?? cluster.worker?.id.toString();

/** The right to push to a group from this process. */
export interface Claim {
  /**
   * Takes another group instead.
   * @throws ConfigurationError when somebody else in this process has it
   */
  move(address: string): void;
  release(): void;
}

/**
 * Claims a group, given by its whole address, until `release`.
 * @throws ConfigurationError when another exporter of this process has it: they would overwrite each other
 */
export function claimGroup(address: string): Claim {
  let own: string | undefined;
  const claim: Claim = {
    move: (next) => {
      if (next === own) return;
      if (claimed.has(next)) throw taken(next);
      claim.release();
      claimed.add(next);
      own = next;
    },
    release: () => {
      if (own !== undefined) claimed.delete(own);
      own = undefined;
    },
  };
  claim.move(address);
  return claim;
}

/** The ESM and the CommonJS copy of this package share it. */
const KEY = Symbol.for(`${SCOPE_NAME}.pushgateway-groups`);
const shared = globalThis as { [KEY]?: Set<string> };
shared[KEY] ??= new Set();
const claimed = shared[KEY];

const taken = (address: string): ConfigurationError =>
  new ConfigurationError(
    'instance',
    `instance: another PushgatewayMetricExporter of this process pushes to ${address}, and they would overwrite each other; give one of them another "instance" or "job", or shut the other down first.`,
  );
