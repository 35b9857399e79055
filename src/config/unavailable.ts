/**
 * Keys of CodeCarbon 3.3 that are known here and change nothing in this version. One warning names them,
 * so that nobody takes a file for honoured that is not.
 */
export const UNAVAILABLE_KEYS: ReadonlySet<string> = new Set([
  'allow_multiple_runs',
  'co2_signal_api_token',
  'country_2letter_iso_code',
  'electricitymaps_api_token',
  'force_mode_cpu_load',
  'gpu_ids',
  'logging_logger',
  'organization_id',
  'output_handlers',
  'tracking_pid',
]);

/** Values of CodeCarbon that this version does not have yet, by key. */
const UNAVAILABLE_VALUES: Readonly<Record<string, readonly string[]>> = {
  tracking_mode: ['process'],
};

/**
 * True for a key that only turns off what this version does not do anyway (`force_mode_cpu_load = false`):
 * it is honoured by doing nothing.
 */
export function asksForNothing(key: string, raw: unknown): boolean {
  const asked = String(raw).toLowerCase();
  if (key === 'allow_multiple_runs') return asked === 'true';
  return key === 'force_mode_cpu_load' && asked === 'false';
}

/** Splits a value into what this version can do and the words that it cannot do yet. */
export function splitAvailable(
  key: string,
  raw: unknown,
): { readonly raw: unknown; readonly unavailable: readonly string[] } {
  const words = UNAVAILABLE_VALUES[key];
  if (words === undefined || typeof raw !== 'string') return { raw, unavailable: [] };
  const given = raw.split(',').map((word) => word.trim());
  const unavailable = given.filter((word) => words.includes(word));
  if (unavailable.length === 0) return { raw, unavailable };
  const rest = given.filter((word) => !words.includes(word));
  return { raw: rest[0], unavailable };
}
