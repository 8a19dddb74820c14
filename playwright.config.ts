import { defineConfig } from '@playwright/test'
import { findChromium } from './test/browser.mjs'

const executablePath = findChromium()

/** `p1-….spec.ts` to `p6-….spec.ts`. */
const PROMISES = /\/p\d-[^/]*\.spec\.ts$/

export default defineConfig({
  testDir: 'test/swarm',
  // Two cores carry one swarm of viewers; a test that passes the second time hides a fault.
  workers: 1,
  retries: 0,
  // For a machine that is slow, or has something else to do: how long a wait may take says nothing of what is waited for.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  // What everybody runs before a commit is `main`; the promises have a file each.
  projects: [
    { name: 'main', testIgnore: PROMISES },
    { name: 'sites', testDir: 'test/sites' },
    { name: 'promises', testMatch: PROMISES },
    { name: 'hostile', testDir: 'test/hostile' },
  ],
  use: {
    browserName: 'chromium',
    trace: 'off',
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--autoplay-policy=no-user-gesture-required',
        // Viewers of one machine find each other only by addresses that are not hidden behind mDNS names.
        '--disable-features=WebRtcHideLocalIpsWithMdns',
      ],
    },
  },
})
