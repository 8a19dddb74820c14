import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
    environment: 'node',
    // For a machine that is slow, or has something else to do: no test is about how long it takes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
