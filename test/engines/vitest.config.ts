import { defineConfig } from 'vitest/config'

/** `npm run test:engines`: Firefox, WebKitGTK and Chromium's windows, one test after the other, as two cores carry one browser. */
export default defineConfig({
  test: {
    include: ['test/engines/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    retry: 0,
    reporters: ['verbose'],
  },
})
