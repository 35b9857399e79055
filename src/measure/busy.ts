import { type Seconds, seconds } from '../units.ts';
import type { Cell, Cells } from './cells.ts';
import type { Candidate } from './part.ts';
import type { Part } from './snapshot.ts';

/** Seconds of full load of a part, over all sources that know it. */
export interface BusyPart {
  /** Undefined until a source has told. */
  readonly total: Seconds | undefined;
  /** `own` is the source in use; `machine` counts where that source has no count of its own. */
  update(candidates: readonly Candidate[], own: string | undefined, machine?: Seconds): void;
}

const MACHINE = 'machine';

export function countBusy(part: Part, cells: Cells): BusyPart {
  const seen = new Map<string, number>();
  let cell: Cell | undefined;
  return {
    get total() {
      return cell === undefined ? undefined : seconds(cell.value);
    },
    update(candidates, own, machine) {
      let added = advance(MACHINE, machine);
      for (const { key, channel } of candidates) {
        const addedHere = advance(key, channel.busy);
        if (key === own && channel.busy !== undefined) added = addedHere;
      }
      if (added === undefined) return;
      cell ??= cells.of({ kind: 'busy', part });
      cell.value += added;
    },
  };

  /** What a source has counted since it last told; a source that is silent keeps its place. */
  function advance(key: string, busy: Seconds | undefined): number | undefined {
    if (busy === undefined) return undefined;
    const added = Math.max(0, busy - (seen.get(key) ?? busy));
    seen.set(key, busy);
    return added;
  }
}
