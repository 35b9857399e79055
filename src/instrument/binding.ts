import type { BatchObservableCallback, Meter } from '@opentelemetry/api';
import { countOverhead } from '../overhead.ts';
import { hardwareGroup } from './hardware.ts';
import { createGroups, type Group, type View } from './observe.ts';

/** The instruments on one meter. */
export interface Binding {
  readonly meter: Meter;
  /** Registers the callbacks. */
  attach(): void;
  /** Removes them; what a meter keeps all the same observes nothing any more. */
  detach(): void;
}

export interface BindingOptions {
  /** What to observe; the same object for all callbacks of one collection. Undefined: nothing. */
  readonly view: () => View | undefined;
  readonly hardwareConventions: boolean;
  readonly extraGroups?: (meter: Meter) => readonly Group[];
  /** Told of a fault in a callback, which must not reach the SDK. */
  readonly onFault: (error: unknown) => void;
}

export function bind(meter: Meter, options: BindingOptions): Binding {
  const groups = [
    ...createGroups(meter),
    ...(options.hardwareConventions ? [hardwareGroup(meter)] : []),
    ...(options.extraGroups?.(meter) ?? []),
  ];
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
        countOverhead(() => {
          const view = options.view();
          if (view !== undefined) group.observe(result, view);
        });
      } catch (error) {
        options.onFault(error);
      }
    };
  }
}
