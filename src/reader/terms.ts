import { diagLogger } from '../diag.ts';
import {
  type Attributes,
  findTotals,
  settleTerms,
  type Terms,
  type TotalsSource,
} from '../emissions/index.ts';
import { ATTR_PROJECT_NAME, ATTR_RUN_ID, ATTR_SCOPE, METRICS } from '../semconv.ts';
import type { ReaderSettings } from './options.ts';

/** Whose terms are asked for. */
export interface Group {
  readonly key: string;
  /** The run's `codecarbon_info`, when it is in this collection. */
  readonly info: Attributes | undefined;
  /**
   * Whether `codecarbon_info` is waited for: `always` by our own energy, whose PUE nobody else knows;
   * `briefly` by foreign energy beside our instrumentation, which will tell the place.
   */
  readonly waits: 'always' | 'briefly' | 'never';
  /** When the energy was collected, milliseconds since 1970. */
  readonly atMillis: number;
}

/** What each group's energy is priced with. */
export interface TermsBook {
  /** Undefined while the place is not settled. */
  termsOf(group: Group): Promise<Terms> | undefined;
  /** The running total behind the points of a group; remembered when it has been withdrawn. */
  totalsOf(group: Group, attributes: Attributes): TotalsSource | undefined;
  /** Every source that was found so. */
  sources(): ReadonlySet<TotalsSource>;
}

/** How terms are found: another function in tests, and for an intensity that changes. */
export type SettleTerms = (settings: ReaderSettings, info?: Attributes) => Promise<Terms>;

/** The instrumentation settles its place within 2 s; where a View drops `codecarbon_info` it never comes. */
const LONGEST_WAIT_MILLIS = 5000;

interface Agreement {
  readonly run: unknown;
  readonly terms: Promise<Terms>;
}

/** Terms are settled once per group and run, then they stand. */
export function openTerms(settings: ReaderSettings, settle: SettleTerms = settleTerms): TermsBook {
  const agreements = new Map<string, Agreement>();
  const firstSeen = new Map<string, number>();
  const sources = new Map<string, TotalsSource>();
  const warnOfMissingInfo = openWarning();
  const agree = ({ key, info }: Group): Promise<Terms> => {
    const terms = settle(settings, info);
    agreements.set(key, { run: info?.[ATTR_RUN_ID], terms });
    terms.catch(() => agreements.delete(key));
    return terms;
  };
  return {
    termsOf: (group) => {
      const { key, info, atMillis } = group;
      const agreed = agreements.get(key);
      const same = agreed && (info === undefined || agreed.run === info[ATTR_RUN_ID]);
      if (same) return agreed.terms;
      if (info !== undefined || group.waits === 'never') return agree(group);
      const since = firstSeen.get(key) ?? atMillis;
      firstSeen.set(key, since);
      if (atMillis - since < LONGEST_WAIT_MILLIS) return undefined;
      warnOfMissingInfo(group);
      return group.waits === 'always' ? undefined : agree(group);
    },
    totalsOf: ({ key, info }, attributes) => {
      const { [ATTR_PROJECT_NAME]: projectName, [ATTR_SCOPE]: scope } = attributes;
      const source = findTotals(projectName, scope, info?.[ATTR_RUN_ID]) ?? sources.get(key);
      if (source !== undefined) sources.set(key, source);
      return source;
    },
    sources: () => new Set(sources.values()),
  };
}

/** Once per reader. */
function openWarning(): (group: Group) => void {
  const logger = diagLogger();
  let said = false;
  return ({ waits }) => {
    if (said) return;
    said = true;
    logger.warn(
      `emissions: ${METRICS.info.name} is not in the data, a View seems to rename or drop it; ` +
        (waits === 'always'
          ? 'none are derived, since PUE and place are unknown without it'
          : "place and intensity are taken from the reader's own options, or the world average"),
    );
  };
}
