import { processWide } from '../process-wide.ts';

interface Running {
  readonly stops: Set<() => void>;
  readonly stopAll: () => void;
}

/** Calls `stop` when the program has nothing left to do; one listener for all trackers. Gives what takes it back. */
export function atExit(stop: () => void): () => void {
  const { stops, stopAll } = processWide('tracker.running', running);
  if (stops.size === 0) process.on('beforeExit', stopAll);
  stops.add(stop);
  return () => {
    if (stops.delete(stop) && stops.size === 0) process.off('beforeExit', stopAll);
  };
}

function running(): Running {
  const stops = new Set<() => void>();
  return {
    stops,
    stopAll: () => {
      for (const stop of [...stops]) stop();
    },
  };
}
