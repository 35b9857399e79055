import { type Configuration, optionsOf } from '../config/index.ts';
import { type Intensity, resolveIntensity } from '../intensity/index.ts';
import { sharedLocalHost } from '../measure/index.ts';
import { settingsFor } from '../options/index.ts';
import { type Place, resolvePlace } from '../place/index.ts';
import { ATTR_SOURCE, ATTR_YEAR, ATTR_ZONE } from '../semconv.ts';
import { inFlags } from './flags.ts';
import { type Choice, type Found, type Inventory, takeInventory } from './inventory.ts';
import type { Io } from './io.ts';
import { intensityInWords, placeInWords } from './place-words.ts';
import { logTo, openScreen } from './screen.ts';
import { table } from './table.ts';
import { ELSEWHERE, isCountedElsewhere, methodInWords } from './words.ts';

/**
 * Shows what can be measured on this machine, what will be used, why nothing better is, and what would
 * enable it; then the place and the carbon intensity with their source.
 * @throws ConfigurationError for a place that does not exist
 */
export async function detect(configuration: Configuration, io: Io): Promise<number> {
  const { json, logLevel } = settingsFor('cli', optionsOf(configuration, 'cli'));
  const screen = openScreen(io);
  logTo(screen, logLevel);
  for (const warning of configuration.warnings) screen.say(`warning: ${warning}`);
  const settings = settingsFor('instrumentation', optionsOf(configuration, 'instrumentation'));
  const place = resolvePlace(settings);
  const intensity = await resolveIntensity(place, settings);
  const inventory = takeInventory(sharedLocalHost(), settings);
  const lines = json
    ? [JSON.stringify(toJson(inventory, place, intensity))]
    : inWords(inventory, place, intensity, configuration);
  io.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function inWords(
  { probes, choices }: Inventory,
  place: Place,
  intensity: Intensity,
  configuration: Configuration,
): readonly string[] {
  return [
    'Probes, the preferred ones first',
    ...indent(table(probes.map((found) => [found.probe.id, ...stateInWords(found)]))),
    '',
    'What is used',
    ...choices.flatMap(choiceInWords),
    '',
    ...table([
      ['Place', placeInWords(toRecordFacts(place), configuration)],
      ['Carbon intensity', intensityInWords(toPoint(intensity), configuration)],
    ]),
  ];
}

function stateInWords({ outcome, found, why }: Found): readonly [string, string] {
  return outcome === 'ok' ? ['found', found ?? ''] : [outcome, why ?? ''];
}

function choiceInWords(choice: Choice): readonly string[] {
  const { component, method, probe, better } = choice;
  const given = probe?.facts ?? {};
  const isElsewhere = isCountedElsewhere(component, given);
  const how = method === undefined ? 'not measured' : methodInWords(method, component, given);
  const facts = Object.entries(given).map(([name, fact]) => `${name} ${fact}`);
  const notes = [
    ...(isElsewhere ? [] : [`accuracy: ${choice.accuracy}`]),
    ...(facts.length === 0 ? [] : [facts.join(', ')]),
    ...(probe?.problems ?? []).flatMap(({ why, remedy }) => [why, ...toMend(remedy)]),
    ...better.flatMap(whyNot),
  ];
  const source = probe === undefined ? '' : `, probe ${probe.probe.id}`;
  return [
    `  ${component.toUpperCase()}  ${isElsewhere ? ELSEWHERE : how}${source}`,
    ...notes.map((note) => `       ${note}`),
  ];
}

function whyNot({ probe, outcome, why, remedy }: Found): readonly string[] {
  if (outcome === 'ok') return [`not ${probe.id}: it delivers nothing for this`];
  return [`not ${probe.id}: ${why}`, ...toMend(remedy)];
}

const toMend = (remedy: string | undefined): readonly string[] =>
  remedy === undefined ? [] : [`  to enable it: ${inFlags(remedy)}`];

const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const toRecordFacts = (place: Place) => ({
  country_name: place.countryName,
  country_iso_code: place.countryIsoCode,
  region: place.region,
  cloud_provider: place.cloudProvider,
  cloud_region: place.cloudRegion,
});

const toPoint = ({ gramsPerKilowattHour, source, year, zone }: Intensity) => ({
  value: gramsPerKilowattHour,
  attributes: { [ATTR_SOURCE]: source, [ATTR_YEAR]: year, [ATTR_ZONE]: zone },
});

/** The same for programs; what is unknown is null. */
function toJson({ probes, choices }: Inventory, place: Place, intensity: Intensity) {
  return {
    probes: probes.map(({ probe, outcome, found, why, remedy, problems, facts }) => ({
      probe: probe.id,
      description: probe.description,
      components: probe.components,
      outcome,
      found: found ?? null,
      why: why ?? null,
      remedy: remedy ?? null,
      problems: problems.map(({ why, remedy }) => ({ why, remedy: remedy ?? null })),
      facts,
    })),
    components: choices.map((choice) => ({
      component: choice.component,
      method: choice.method ?? null,
      probe: choice.probe?.probe.id ?? null,
      accuracy: choice.accuracy,
      better: choice.better.map(({ probe, why, remedy }) => ({
        probe: probe.id,
        why: why ?? 'it delivers nothing for this component',
        remedy: remedy ?? null,
      })),
    })),
    place: { ...toNulls(toRecordFacts(place)), source: place.source },
    carbon_intensity: {
      g_per_kwh: intensity.gramsPerKilowattHour,
      source: intensity.source,
      year: intensity.year ?? null,
      zone: intensity.zone ?? null,
    },
  };
}

const toNulls = (facts: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, fact ?? null]));
