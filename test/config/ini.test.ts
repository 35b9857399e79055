import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIniSection } from '../../src/config/ini.ts';

const read = (text: string) =>
  Object.fromEntries(parseIniSection(text, 'codecarbon').entries ?? []);

describe('what Python reads, with the values that Python gives', () => {
  it.each<[what: string, text: string, values: Record<string, string>]>([
    ['an equals sign', '[codecarbon]\npue = 1.2', { pue: '1.2' }],
    ['a colon', '[codecarbon]\npue: 1.2', { pue: '1.2' }],
    ['no spaces', '[codecarbon]\npue=1.2\n', { pue: '1.2' }],
    [
      'the first delimiter of two',
      '[codecarbon]\nurl = http://a:1/?b=c',
      { url: 'http://a:1/?b=c' },
    ],
    ['a colon before an equals sign', '[codecarbon]\na:b=c', { a: 'b=c' }],
    ['keys in any case', '[codecarbon]\nPROJECT_Name = Mine', { project_name: 'Mine' }],
    ['a key with a dot', '[codecarbon]\na.b = c', { 'a.b': 'c' }],
    ['comments of both kinds', '# x\n[codecarbon]\n; y\npue = 1.2\n  # z', { pue: '1.2' }],
    ['no comment after a value', '[codecarbon]\noutput_dir = /a#b ; c', { output_dir: '/a#b ; c' }],
    ['quotes as they are', '[codecarbon]\nregion = "a"', { region: '"a"' }],
    ['an empty value', '[codecarbon]\nregion =\npue = 2', { region: '', pue: '2' }],
    ['a byte order mark', '\uFEFF[codecarbon]\npue = 1.2', { pue: '1.2' }],
    ['CRLF', '[codecarbon]\r\npue = 1.2\r\nwue = 1\r\n', { pue: '1.2', wue: '1' }],
    ['a value on several lines', '[codecarbon]\na = b\n  c\n\td\ne = f', { a: 'b\nc\nd', e: 'f' }],
    ['a blank line inside a value', '[codecarbon]\na = b\n\n  c\n\ne = f', { a: 'b\n\nc', e: 'f' }],
    ['a comment inside a value', '[codecarbon]\na = b\n# x\n  c', { a: 'b\nc' }],
    ['indented pairs', '[codecarbon]\n  a = b\n  c = d', { a: 'b', c: 'd' }],
    ['a deeper pair as part of the value', '[codecarbon]\na = b\n c = d', { a: 'b\nc = d' }],
    ['other sections apart', '[x]\na = 1\n[codecarbon]\na = 2\n[y]\na = 3', { a: '2' }],
    ['defaults', '[DEFAULT]\na = 1\nb = 1\n[codecarbon]\na = 2', { a: '2', b: '1' }],
    ['another key in a value', '[codecarbon]\na = x\nb = %(A)s/y', { a: 'x', b: 'x/y' }],
    ['a doubled percent sign', '[codecarbon]\na = 50%%', { a: '50%' }],
  ])('%s', (_what, text, values) => {
    expect(read(text)).toEqual(values);
  });
});

describe('what Python refuses as a whole is read as far as it goes', () => {
  it.each<[what: string, text: string, values: Record<string, string>, problems: string[]]>([
    [
      'a line that is nothing',
      '[codecarbon]\npue\nwue = 1',
      { wue: '1' },
      ['line 2 is neither a comment nor "key = value"'],
    ],
    [
      'a pair before any section',
      'a = 1\n[codecarbon]\nb = 2',
      { b: '2' },
      ['line 1 is in no [section]'],
    ],
    [
      'a key given twice',
      '[codecarbon]\npue = 1\nPUE = 2',
      { pue: '2' },
      ['line 3 gives "pue" again; the last one counts'],
    ],
    ['no key', '[codecarbon]\n= 1', {}, ['line 2 is neither a comment nor "key = value"']],
    ['a lone percent sign', '[codecarbon]\na = 50% %(none)s', { a: '50% %(none)s' }, []],
    ['a value that names itself', '[codecarbon]\na = %(a)s', { a: '%(a)s' }, []],
  ])('%s', (_what, text, values, problems) => {
    expect(read(text)).toEqual(values);
    expect(parseIniSection(text, 'codecarbon').problems).toEqual(problems);
  });
});

it('tells an absent section from an empty one', () => {
  expect(parseIniSection('[other]\na = 1', 'codecarbon').entries).toBeUndefined();
  expect(parseIniSection('[codecarbon]', 'codecarbon').entries?.size).toBe(0);
});

it('never throws and never hangs, whatever the text', () => {
  const lines = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('[codecarbon]', '[DEFAULT]', 'a = %(b)s', 'b = %(a)s%(a)s', '  x', '=', ''),
    ),
  );
  fc.assert(
    fc.property(lines, (text) => {
      parseIniSection(text.join('\n'), 'codecarbon');
    }),
  );
});

it('reads back every pair that it was given', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
  const value = fc.stringMatching(/^[!-$&-~]([ -$&-~]{0,20}[!-$&-~])?$/);
  fc.assert(
    fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (values) => {
      const pairs = Object.entries(values).map(([name, text]) => `${name} = ${text}`);
      expect(read(['[codecarbon]', ...pairs].join('\n'))).toEqual(values);
    }),
  );
});
