import type { EmissionsRecord } from '../../record/index.ts';
import type { WriteContext } from '../metrics-exporter.ts';
import type { Call } from './api.ts';
import {
  type Accepted,
  acceptedWith,
  emissionBody,
  hasMore,
  NOTHING,
  type RunBody,
  wholeSecondsSince,
} from './serialize.ts';

/** What has become of a run so far. */
export interface RunState {
  accepted: Accepted;
  /** Duration of the run at the last call, in s. */
  calledAt: number;
  /** Calls made so far: a repeat that says more has another key. */
  sequence: number;
  /** The call that has not been accepted. */
  made: Made | undefined;
}

export interface Made {
  readonly record: EmissionsRecord;
  readonly call: Call;
  hasFailed: boolean;
}

export const newRun = (): RunState => ({
  accepted: NOTHING,
  calledAt: 0,
  sequence: 0,
  made: undefined,
});

/**
 * True when a call should be made now: after so many seconds of the run, when somebody asks for it, and
 * at the end for whatever is left.
 * @param interval seconds of the run between two calls; negative: none but the last
 * @param slack seconds that a call may be early: timers are never exact
 */
export function isDue(
  record: EmissionsRecord,
  { accepted, calledAt }: RunState,
  context: WriteContext,
  interval: number,
  slack: number,
): boolean {
  if (!hasMore(record, accepted)) return false;
  if (context.final) return true;
  // The API takes whole seconds: less than one waits for the next call, or the end.
  if (wholeSecondsSince(record, accepted, isLast(context)) < 1) return false;
  if (isLast(context)) return true;
  return interval > 0 && (record.duration ?? 0) - calledAt >= interval - slack;
}

/** The call for a record: the one that failed with it before, or a new one. */
export function makeCall(
  record: EmissionsRecord,
  state: RunState,
  context: WriteContext,
  run: { readonly body: RunBody; readonly apiRunId: string | undefined },
): Made {
  if (state.made?.record === record) return state.made;
  const call = {
    key: `${record.run_id}-${state.sequence}`,
    runId: record.run_id,
    apiRunId: run.apiRunId,
    run: run.body,
    emission: emissionBody(record, state.accepted, isLast(context)),
  };
  state.sequence += 1;
  state.made = { record, call, hasFailed: false };
  return state.made;
}

/** The API has it, or the spool. */
export function accept(state: RunState, { record, call }: Made): void {
  state.accepted = acceptedWith(record, call.emission, state.accepted);
  state.made = undefined;
}

/** A flush may be followed by the end, and is by the SDK's own. */
const isLast = ({ reason }: WriteContext): boolean => reason !== 'interval';
