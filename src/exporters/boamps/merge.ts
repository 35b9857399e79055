import { isObject, type JsonObject } from './rules.ts';

/** What the user gave stands; what was measured fills in the rest, object by object. */
export function merge(measured: JsonObject, given: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...measured };
  for (const [key, value] of Object.entries(given)) {
    const own = measured[key];
    if (value === undefined || (value === null && own !== undefined)) continue;
    merged[key] = isObject(own) && isObject(value) ? merge(own, value) : value;
  }
  return merged;
}

/**
 * The components that the user gave, each filled in with what was measured of the only one of its
 * type, and the measured ones that the user did not mention.
 */
export function mergeComponents(measured: readonly JsonObject[], given: unknown): unknown {
  if (given === undefined || given === null) return measured;
  if (!Array.isArray(given)) return given;
  const listed: readonly unknown[] = given;
  const ofType = (own: JsonObject): readonly unknown[] =>
    listed.filter((entry) => typeOf(entry) === own.componentType);
  const filled = listed.map((entry) => {
    const own = measured.find((component) => component.componentType === typeOf(entry));
    return own !== undefined && isObject(entry) && ofType(own).length === 1
      ? merge(own, entry)
      : entry;
  });
  return [...filled, ...measured.filter((own) => ofType(own).length === 0)];
}

/** What the user says about this measure stands in the first entry that names no other method; the rest are measures beside it. */
export function mergeMeasures(measured: JsonObject, given: unknown): readonly unknown[] {
  const listed: readonly unknown[] = Array.isArray(given) ? given : [];
  const about = listed.find(
    (entry) =>
      isObject(entry) &&
      (entry.measurementMethod === undefined ||
        entry.measurementMethod === measured.measurementMethod),
  );
  const own = isObject(about) ? merge(measured, about) : measured;
  return [own, ...listed.filter((entry) => entry !== about)];
}

const typeOf = (component: unknown): unknown =>
  isObject(component) && typeof component.componentType === 'string'
    ? component.componentType.toLowerCase()
    : undefined;
