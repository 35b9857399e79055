import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { fold } from './fold.ts';

/** Collections that have not been sent, the oldest first. */
export interface Backlog {
  readonly size: number;
  add(metrics: ResourceMetrics): void;
  /** Takes the oldest out, to send it. */
  shift(): ResourceMetrics | undefined;
  /** Puts it back where it was: it has not been sent. */
  unshift(metrics: ResourceMetrics): void;
}

/** An hour of collections a minute apart: seen one by one when Logfire is back. */
const LONGEST = 60;

/**
 * Keeps what could not be sent: a delta that is lost is missing from every sum that Logfire makes. What is
 * older than the longest backlog is added up, so that memory is bounded and no energy is lost; then only
 * the hour is known in which it was used, no longer the minute.
 */
export function openBacklog(longest: number = LONGEST): Backlog {
  const waiting: ResourceMetrics[] = [];
  const shorten = (): void => {
    const [oldest, next] = waiting;
    if (waiting.length <= longest || oldest === undefined || next === undefined) return;
    waiting.splice(0, 2, fold(oldest, next));
  };
  return {
    get size() {
      return waiting.length;
    },
    add(metrics) {
      waiting.push(metrics);
      shorten();
    },
    shift: () => waiting.shift(),
    unshift(metrics) {
      waiting.unshift(metrics);
      shorten();
    },
  };
}
