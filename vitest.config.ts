import { defineConfig } from 'vitest/config';

/** Tests of the package as it is published: `dist` is built before they start. */
const PACKAGED = ['test/package/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/readme.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
          exclude: PACKAGED,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: PACKAGED,
          globalSetup: ['test/support/build.ts'],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
