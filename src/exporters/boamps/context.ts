import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError, nearestWord } from '../../errors.ts';
import { isObject, type JsonObject } from './rules.ts';

/** What a report says beside the measurement: sections of the format, as the user gave them. */
export interface Context {
  readonly sections: JsonObject;
  /** What a person should read: keys that are not sections of the format. */
  readonly warnings: readonly string[];
}

/** A report's sections in the order in which they are written. */
export const SECTIONS = [
  'header',
  'task',
  'measures',
  'system',
  'software',
  'infrastructure',
  'environment',
  'quality',
] as const;

/**
 * The key `boamps` of the metadata, or as in CodeCarbon the metadata themselves where there is no such key.
 * @param metadata an object, or the path of a JSON file that holds one
 * @throws ConfigurationError for a file that cannot be read or holds no object
 */
export function readContext(metadata: string | JsonObject | undefined): Context {
  if (metadata === undefined) return { sections: {}, warnings: [] };
  const all = typeof metadata === 'string' ? readJson(metadata) : metadata;
  const own = all.boamps;
  if (own === undefined) return { sections: known(all), warnings: [] };
  if (!isObject(own)) throw mistake('its key boamps is not an object');
  return { sections: known(own), warnings: unknownKeys(own) };
}

function readJson(path: string): JsonObject {
  const value = parse(path, readText(path));
  if (!isObject(value)) throw mistake(`${resolve(path)} does not hold a JSON object`);
  return value;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    throw mistake(`${resolve(path)} cannot be read (${errno})`);
  }
}

function parse(path: string, json: string): unknown {
  try {
    // Editors on Windows begin a file with a byte order mark.
    return JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw mistake(`${resolve(path)} is not JSON: ${(error as Error).message}`);
  }
}

function known(context: JsonObject): JsonObject {
  const given = SECTIONS.filter((name) => context[name] !== undefined && context[name] !== null);
  const wrong = given.find((name) => !fits(name, context[name]));
  if (wrong !== undefined) throw mistake(`boamps.${wrong} is not ${shapeOf(wrong)}`);
  return Object.fromEntries(given.map((name) => [name, context[name]]));
}

function unknownKeys(context: JsonObject): readonly string[] {
  const sections: readonly string[] = SECTIONS;
  const strangers = Object.keys(context).filter((key) => !sections.includes(key));
  return strangers.map((key) => {
    const nearest = nearestWord(key, sections);
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    return `metadata: boamps.${key} is no section of a BoAmps report; it is ignored.${hint}`;
  });
}

function fits(section: string, value: unknown): boolean {
  if (section === 'measures') return Array.isArray(value);
  return section === 'quality' ? typeof value === 'string' : isObject(value);
}

function shapeOf(section: string): string {
  if (section === 'measures') return 'a list';
  return section === 'quality' ? 'a text' : 'an object';
}

const mistake = (why: string): ConfigurationError =>
  new ConfigurationError(
    'metadata',
    `metadata: ${why}; allowed: the path of a JSON file, or an object, with the context of the task under its key boamps.`,
  );
