import type { HrTime } from '@opentelemetry/api';

/** `%Y-%m-%dT%H:%M:%S` in local time, as CodeCarbon writes it; undefined for what is no time. */
export function localTimestamp([seconds, nanoseconds]: HrTime): string | undefined {
  const date = new Date(seconds * 1e3 + Math.floor(nanoseconds / 1e6));
  if (Number.isNaN(date.getTime())) return undefined;
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${day}T${time}`;
}

const twoDigits = (part: number): string => String(part).padStart(2, '0');
