import { defineConfig } from 'vitest/config';

/** Tests against real servers, which `.ci/parts` brings: `npm run test:real`, never part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.spec.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Two cores run the servers, too.
    fileParallelism: false,
  },
});
