import { createHmac } from 'node:crypto';
import { type EmissionsRecord, RECORD_FIELDS } from '../../record/index.ts';

/** One post: what is kept on disk, too, so no header and no secret is in it. */
export interface Post {
  /** Run and sequence: a receiver drops what it has had under the same key. */
  readonly key: string;
  readonly body: string;
}

/** The record as JSON, fields in order, null for what is unknown (`schema/emissions-record.schema.json`). */
export function serialize(record: EmissionsRecord): string {
  return JSON.stringify(
    Object.fromEntries(RECORD_FIELDS.map((field) => [field, record[field] ?? null])),
  );
}

/** `sha256=` and the HMAC-SHA256 of the body's bytes (UTF-8) in hexadecimal. */
export const sign = (body: string, secret: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Reads what was kept; undefined for something else. */
export function readPost(content: unknown): Post | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const { key, body } = content as Partial<Record<keyof Post, unknown>>;
  return typeof key === 'string' && typeof body === 'string' ? { key, body } : undefined;
}
