type Known<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** The same object without the fields that are undefined. */
export function known<Fields extends object>(fields: Fields): Known<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Known<Fields>;
}
