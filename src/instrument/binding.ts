import type { BatchObservableCallback, Meter } from '@opentelemetry/api';
import { countOverhead } from '../overhead.ts';
import type { Group, View } from './observe.ts';

/** The instruments on one meter. */
export interface Binding {
  readonly meter: Meter;
  /** Registers the callbacks. */
  attach(): void;
  /** Removes them; what a meter keeps all the same observes nothing any more. */
  detach(): void;
}

/**
 * Makes the callbacks of a meter, one per group. `view` gives the same object to all callbacks of one
 * collection; `onFault` is told of a fault in a callback, which must not reach the SDK.
 */
export function bind(
  meter: Meter,
  groups: readonly Group[],
  view: () => View,
  onFault: (error: unknown) => void,
): Binding {
  let isAttached = false;
  const callbacks = groups.map((group) => ({ group, callback: callbackOf(group) }));

  return {
    meter,
    attach() {
      if (isAttached) return;
      isAttached = true;
      for (const { group, callback } of callbacks) {
        meter.addBatchObservableCallback(callback, [...group.instruments]);
      }
    },
    detach() {
      if (!isAttached) return;
      isAttached = false;
      for (const { group, callback } of callbacks) {
        meter.removeBatchObservableCallback(callback, [...group.instruments]);
      }
    },
  };

  function callbackOf(group: Group): BatchObservableCallback {
    return (result) => {
      if (!isAttached) return;
      try {
        countOverhead(() => group.observe(result, view()));
      } catch (error) {
        onFault(error);
      }
    };
  }
}
