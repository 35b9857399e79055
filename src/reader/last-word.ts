import { diagLogger } from '../diag.ts';
import { knownSources } from '../emissions/index.ts';
import type { TermsBook } from './terms.ts';

/** Before the last collection of a reader: the runs that it reports close their open gaps. */
export interface LastWord {
  /** A collection has shown which runs the reader reports. */
  collected(): void;
  /** Settles those of them that measure now. The first call counts; never throws. */
  settle(): void;
}

/** A run shorter than the reader's period is not known to it yet: then it is the only one there is, if any. */
export function openLastWord(terms: Pick<TermsBook, 'sources'>): LastWord {
  const logger = diagLogger();
  let hasCollected = false;
  let isSaid = false;
  return {
    collected: () => {
      hasCollected = true;
    },
    settle: () => {
      if (isSaid) return;
      isSaid = true;
      const own = terms.sources();
      const { live } = knownSources((source) => !hasCollected || own.has(source));
      if (!hasCollected && live.length > 1) return;
      for (const source of live) {
        try {
          source.settle?.();
        } catch (error) {
          logger.error('emissions: a gap at the end of the run could not be closed', error);
        }
      }
    },
  };
}
