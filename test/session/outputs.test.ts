import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/config/index.ts';
import { EXPORTERS } from '../../src/exporters/index.ts';
import { type OptionName, OUTPUTS } from '../../src/options/index.ts';
import { chosenOutputs } from '../../src/session/index.ts';

const chosen = (options: Partial<Record<OptionName, unknown>>) => {
  const explicit = Object.entries(options).map(([name, raw]) => ({
    name: name as OptionName,
    raw,
    as: name,
  }));
  return chosenOutputs(
    readConfiguration(explicit, { env: {}, directory: '/nowhere', home: undefined }),
  );
};

describe('outputs', () => {
  it('has an exporter for every word, and a word for every exporter', () => {
    const words = [...EXPORTERS.map(({ output }) => output), 'otlp'];
    expect(words.sort()).toEqual([...OUTPUTS].sort());
  });

  it.each([
    [{}, ['csv']],
    [{ saveToFile: false }, []],
    [{ saveToPrometheus: true }, ['csv', 'prometheus']],
    [
      {
        saveToFile: 'false',
        saveToApi: 'true',
        apiKey: 'k',
        saveToLogger: true,
        saveToLogfire: true,
        logfireToken: 't',
      },
      ['api', 'logger', 'logfire'],
    ],
    [{ emissionsEndpoint: 'http://127.0.0.1:1/x' }, ['csv', 'http']],
    [{ outputMethods: ['csv', 'otlp'], saveToApi: true }, ['csv', 'otlp']],
    [{ outputMethods: 'boamps' }, ['boamps']],
    [{ outputMethods: [] }, []],
  ])('%j chooses %j', (options, outputs) => {
    expect(chosen(options)).toEqual(outputs);
  });

  it.each([
    [{ saveToApi: true }, 'apiKey: required by the output "api"'],
    [{ outputMethods: ['http'] }, 'emissionsEndpoint: required by the output "http"'],
    [{ outputMethods: ['logfire'], logfireCredentialsDir: '/nowhere' }, 'set LOGFIRE_TOKEN'],
    [{ outputMethods: ['logfire'], logfireToken: 'two words' }, 'not a Logfire write token'],
  ])('%j is refused', (options, message) => {
    expect(() => chosen(options)).toThrow(message);
  });
});
