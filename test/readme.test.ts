import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { fillTables } from '../scripts/tables.ts';
import { createProject, freePort } from './support/installed.ts';

const readme = readFileSync('README.md', 'utf8');
const project = createProject();
afterAll(() => project.remove());

describe('README', () => {
  it('has the tables that the code gives (npm run readme)', () => {
    expect(readme).toBe(fillTables(readme));
  });

  it.each(blocks('js'))('runs: %s', async (_, code) => {
    const text = code.replaceAll('9464', String(await freePort()));
    // A set-up without an end of its own is given a second.
    project.write(
      'block.mjs',
      `${text}
setTimeout(process.exit, 1000, 0);
`,
    );
    const { stderr } = await project.run('block.mjs');
    expect(stderr).toBe('');
  });

  it.skipIf(process.platform === 'win32').each(lines())('runs: %s', async (line) => {
    const { stdout, stderr } = await project.shell(
      line.replaceAll('9464', String(await freePort())),
    );
    expect(stdout + stderr).not.toMatch(/error/i);
  });

  it.each(blocks('json'))('is JSON: %s', (_, text) => {
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each(links())('has the heading that it links to: %s', (anchor) => {
    const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => slug(title));
    expect(headings).toContain(anchor);
  });
});

/** Blocks of a language, each with the heading above it. */
function blocks(language: string): [string, string][] {
  const found = readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...found].map(({ 1: code = '', index }) => {
    const headings = [...readme.slice(0, index).matchAll(/^#+ (.*)$/gm)];
    return [headings.at(-1)?.[1] ?? '', code];
  });
}

/** Commands, but for those that install, or run these tests. */
function lines(): string[] {
  return blocks('sh')
    .flatMap(([, code]) => code.trim().split('\n'))
    .filter((line) => !line.startsWith('npm '));
}

const links = (): string[] =>
  [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);

/** As GitHub makes anchors. */
const slug = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
