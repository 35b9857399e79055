/** Attributes of a point, as OpenTelemetry allows them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One text for equal sets of attributes, in whatever order they were set. */
export function attributesKey(attributes: Attributes): string {
  const names = Object.keys(attributes).sort();
  return JSON.stringify(names.map((name) => [name, attributes[name]]));
}
