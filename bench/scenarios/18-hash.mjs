/** How fast a file of the viewer's disk is made ready to be sent, beside SHA-256 alone, and what memory that takes. */

import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MIB, mediaFolder } from '../harness/media.mjs'
import { processesOf, usageOf } from '../harness/processes.mjs'

/** Larger than the browser may ever hold; nothing of it is on the disk, so that reading costs what the browser's part of it costs. */
const FILE_BYTES = 2_048 * MIB
/** SHA-256 alone is measured on fewer: there is no file to read. */
const BARE_BYTES = 512 * MIB
const CHUNK_BYTES = 65_536
const LOOK_MS = 250

/** Digests of chunks of zeros in the page, so many at a time. */
const bare = (page, atOnce) =>
  page.evaluate(
    async ([bytes, chunkBytes, atOnce]) => {
      const chunk = new Uint8Array(chunkBytes + 5)
      const startedAtMs = performance.now()
      const under = []
      for (let at = 0; at < bytes; at += chunkBytes) {
        under.push(crypto.subtle.digest('SHA-256', chunk))
        if (under.length >= atOnce) await under.shift()
      }
      await Promise.all(under)
      return performance.now() - startedAtMs
    },
    [BARE_BYTES, CHUNK_BYTES, atOnce],
  )

/** Hashes the file as a page would have it done. */
async function share(page, path) {
  await page.setInputFiles('input', path)
  return page.evaluate(async () => {
    const startedAtMs = performance.now()
    const share = await window.swarmtag.share(document.querySelector('input').files[0])
    await share.hashed
    const ms = performance.now() - startedAtMs
    share.stop()
    return ms
  })
}

/** What the browser uses while something goes on: the most memory of its own beyond what it had before, and processor time. */
async function used(viewer, work) {
  const usage = () => usageOf(processesOf(viewer.folder))
  const before = usage()
  let mostMib = before.ownMib
  const timer = setInterval(() => {
    mostMib = Math.max(mostMib, usage().ownMib)
  }, LOOK_MS)
  try {
    const ms = await work()
    const cpuSeconds = usage().cpuSeconds - before.cpuSeconds
    return { ms, mib: mostMib - before.ownMib, cpuSeconds }
  } finally {
    clearInterval(timer)
  }
}

/** Where the machine has other work, the processor time says more than the rate. */
const figuresOf = (bytes, { ms, mib, cpuSeconds }) => ({
  rate: bytes / MIB / (ms / 1_000),
  'processor time a GiB': cpuSeconds / (bytes / (1_024 * MIB)),
  'most memory, beyond that before': mib,
})

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'hash',
  about: `a file of ${FILE_BYTES / MIB} MiB made ready to be sent`,
  runs: 5,
  limitMs: 1_200_000,
  sampleLimitMs: 300_000,
  measures: {
    rate: { unit: 'MiB/s', digits: 0 },
    'processor time a GiB': { unit: 's' },
    'most memory, beyond that before': { unit: 'MiB', digits: 0 },
  },
  async run(trial) {
    const { site } = trial
    mkdirSync(mediaFolder, { recursive: true })
    const path = join(mediaFolder, 'sparse.bin')
    if (!existsSync(path)) writeFileSync(path, '')
    truncateSync(path, FILE_BYTES)
    const url = site.write(
      'send.html',
      '<!doctype html><title>send</title><script src="/swarmtag.js" data-tracker="/tracker"></script><input type="file">',
    )
    const cases = [
      { name: 'SHA-256 alone, 64 chunks at a time', atOnce: 64 },
      { name: 'SHA-256 alone, a chunk at a time', atOnce: 1 },
      { name: 'swarmtag' },
    ]
    await trial.rounds(cases, async ({ atOnce }, open) => {
      const viewer = await (await open()).visit(url)
      await viewer.page.waitForFunction(() => window.swarmtag?.ready)
      return atOnce
        ? figuresOf(BARE_BYTES, await used(viewer, () => bare(viewer.page, atOnce)))
        : figuresOf(FILE_BYTES, await used(viewer, () => share(viewer.page, path)))
    })
  },
}
