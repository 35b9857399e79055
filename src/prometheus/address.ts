import type { ExporterConfig } from '@opentelemetry/exporter-prometheus';
import { diagLogger } from '../diag.ts';
import { badValue } from '../errors.ts';

/** Where a server listens. */
export interface Address {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9464;
const PORTS = 'a whole number from 0 (any free port) to 65535';

/**
 * The options, else the variables of OpenTelemetry, else this machine only and port 9464. Said outright:
 * SDK 2 listens on all interfaces by default, SDK 3 does not read the variables.
 * @throws ConfigurationError for a port that is none
 */
export function addressOf({ host, port }: ExporterConfig): Address {
  const { OTEL_EXPORTER_PROMETHEUS_HOST } = process.env;
  if (port !== undefined && !isPort(port)) throw badValue('port', port, PORTS);
  return {
    host: host || OTEL_EXPORTER_PROMETHEUS_HOST || DEFAULT_HOST,
    port: port ?? portOfVariable() ?? DEFAULT_PORT,
  };
}

/** `http://[::1]:9464` */
export function originOf({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A variable that is not valid is warned about and ignored, as OpenTelemetry wants it. */
function portOfVariable(): number | undefined {
  const { OTEL_EXPORTER_PROMETHEUS_PORT: raw = '' } = process.env;
  if (raw.trim() === '') return undefined;
  if (isPort(Number(raw))) return Number(raw);
  const log = diagLogger();
  log.warn(badValue('OTEL_EXPORTER_PROMETHEUS_PORT', raw, PORTS).message);
  return undefined;
}

const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535;
