/** One section of an INI file: keys in lower case, and what could not be understood, one line each. */
export interface IniSection {
  /** Undefined when the file has no such section. */
  readonly entries: ReadonlyMap<string, string> | undefined;
  readonly problems: readonly string[];
}

/**
 * Reads one section as Python's `configparser` does (docs.python.org/3/library/configparser.html, "Supported
 * INI File Structure"): `key = value` and `key: value`, keys without regard to case, comments on lines of
 * their own, values that go on in deeper-indented lines, `[DEFAULT]`, `%(key)s` and `%%`. Where Python gives
 * up the whole file (a line that is none of these, a key given twice) the rest is still read.
 */
export function parseIniSection(text: string, section: string): IniSection {
  const { sections, problems } = parseIni(text);
  const own = sections.get(section);
  if (own === undefined) return { entries: undefined, problems };
  const raw = new Map([...(sections.get('DEFAULT') ?? []), ...own]);
  const entries = [...raw].map(([key, lines]) => [key, interpolate(join(lines), raw)] as const);
  return { entries: new Map(entries), problems };
}

type Lines = string[];
type Sections = Map<string, Map<string, Lines>>;

interface Parsed {
  readonly sections: Sections;
  readonly problems: string[];
}

/** Where the reader stands: the section and the value that a deeper-indented line belongs to. */
interface Position {
  section: Map<string, Lines> | undefined;
  value: Lines | undefined;
  indent: number;
}

function parseIni(text: string): Parsed {
  const parsed: Parsed = { sections: new Map(), problems: [] };
  const position: Position = { section: undefined, value: undefined, indent: 0 };
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    const content = line.trim();
    if (content.startsWith('#') || content.startsWith(';')) continue;
    if (content === '') position.value?.push('');
    else readLine(parsed, position, content, indentOf(line), index + 1);
  }
  return parsed;
}

function readLine(
  parsed: Parsed,
  position: Position,
  content: string,
  indent: number,
  number: number,
): void {
  if (position.value !== undefined && indent > position.indent) {
    position.value.push(content);
    return;
  }
  position.indent = indent;
  const header = /^\[(.+)\]/.exec(content)?.[1];
  if (header !== undefined) openSection(parsed, position, header);
  else if (position.section === undefined)
    parsed.problems.push(`line ${number} is in no [section]`);
  else if (!readPair(parsed, position, content, number))
    parsed.problems.push(`line ${number} is neither a comment nor "key = value"`);
}

function openSection({ sections }: Parsed, position: Position, name: string): void {
  position.section = sections.get(name) ?? new Map();
  position.value = undefined;
  sections.set(name, position.section);
}

function readPair(parsed: Parsed, position: Position, content: string, number: number): boolean {
  const delimiter = content.search(/[=:]/);
  if (delimiter <= 0) return false;
  const key = content.slice(0, delimiter).trim().toLowerCase();
  if (position.section?.has(key)) {
    parsed.problems.push(`line ${number} gives "${key}" again; the last one counts`);
  }
  position.value = [content.slice(delimiter + 1).trim()];
  position.section?.set(key, position.value);
  return true;
}

const indentOf = (line: string): number => line.search(/\S/);

const join = (lines: Lines): string => lines.join('\n').trimEnd();

/** References followed in one value: a file cannot make itself grow without end. */
const MOST_REFERENCES = 100;

/** `%(key)s` is another key's value, `%%` a percent sign; whatever else has a percent sign stays as it is. */
function interpolate(
  value: string,
  raw: ReadonlyMap<string, Lines>,
  budget = { left: MOST_REFERENCES },
): string {
  return value.replace(/%%|%\(([^)]+)\)s/g, (found, key: string | undefined) => {
    if (key === undefined) return '%';
    const other = raw.get(key.toLowerCase());
    if (other === undefined || budget.left <= 0) return found;
    budget.left -= 1;
    return interpolate(join(other), raw, budget);
  });
}
