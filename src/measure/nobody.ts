import type { Component } from '../semconv.ts';
import type { Slot } from './slot.ts';

/** What a person should know of a component that nothing measures: the reason of each probe that could. */
export function aboutUnmeasured(component: Component, slots: readonly Slot[]): string | undefined {
  const able = slots.filter(({ probe }) => probe.components.includes(component));
  if (able.length === 0) return undefined;
  const reasons = able.map(({ probe, why }) => `${probe.id}: ${why ?? 'it delivers nothing'}`);
  const name = component.toUpperCase();
  return `nothing measures the ${name}, its energy is missing from every figure (${reasons.join('; ')})`;
}
