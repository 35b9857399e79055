import { SCOPE_NAME } from './semconv.ts';

/**
 * The one value of that name in this process (in this thread, where there are several), made when it is
 * first asked for. On `globalThis`, since the ESM and the CommonJS copy of this package may both be
 * loaded. Versions of this package share it as well: a value of another shape needs another name.
 */
export function processWide<Value extends object>(name: string, make: () => Value): Value {
  const home = globalThis as { [key: symbol]: unknown };
  const key = Symbol.for(`${SCOPE_NAME}.${name}`);
  home[key] ??= make();
  return home[key] as Value;
}
