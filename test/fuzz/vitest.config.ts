import { defineConfig } from 'vitest/config'

/** `npm run fuzz`: each decoder in a process of its own, for as long as it takes. */
export default defineConfig({
  test: {
    include: ['test/fuzz/*.fuzz.ts'],
    environment: 'node',
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 0,
    reporters: [['default', { summary: false }]],
    disableConsoleIntercept: true,
  },
})
