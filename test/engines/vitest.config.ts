import { configDefaults, defineConfig } from 'vitest/config'

/** Sixteen visits of up to a minute each: too long for every change. */
const LONG = process.env.SWARMTAG_REMOVAL ? [] : ['test/engines/removal.test.ts']

/** `npm run test:engines`: Firefox, WebKitGTK and Chromium's windows, one test after the other, as two cores carry one browser. */
export default defineConfig({
  test: {
    include: ['test/engines/*.test.ts'],
    exclude: [...configDefaults.exclude, ...LONG],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    retry: 0,
    reporters: ['verbose'],
  },
})
