import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExportResultCode, isTracingSuppressed } from '@opentelemetry/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPORT_FAILED, EXPORT_SUCCESS, untraced } from '../src/otel.ts';

describe('what is written out of @opentelemetry/core', () => {
  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterEach(() => context.disable());

  it('has the codes of an export result', () => {
    expect(EXPORT_SUCCESS).toBe(ExportResultCode.SUCCESS);
    expect(EXPORT_FAILED).toBe(ExportResultCode.FAILED);
  });

  it('suppresses tracing as the original does', async () => {
    expect(isTracingSuppressed(context.active())).toBe(false);
    await untraced(async () => {
      await Promise.resolve();
      expect(isTracingSuppressed(context.active())).toBe(true);
    });
    expect(isTracingSuppressed(context.active())).toBe(false);
  });
});
