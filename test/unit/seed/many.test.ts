/** What a seeder of many films takes, and how many viewers it has at a time. */

import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, onTestFinished, vi } from 'vitest'
import { MediaFile } from '../../../src/cli/media-file.js'
import { DEFAULT_PEERS } from '../../../src/cli/seed-line.js'
import { encodeDescriptor } from '../../../src/core/format/manifest.js'
import { CHUNK_BYTES, chunk, DIGEST_BYTES, PAGE_CHUNKS } from '../../../src/core/units.js'
import { Seeder } from '../../../src/seed/seeder.js'
import { digestChunk, digestPage, digestRoot } from '../../../src/store/digests.js'
import { manifestOf } from '../../../src/store/manifest.js'
import { test as base, ROOT } from '../cli/program.js'
import type { NodeViewer as Viewer } from './node-viewer.js'

const GIB = 2 ** 30
const MIB = 2 ** 20
const FILMS = 100
const PATIENCE = { timeout: 240_000, interval: 100 }

/** The most memory that a process had resident so far, as Linux counts it. */
async function peakBytesOf(pid: number | undefined): Promise<number> {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1_024
}

/** Manifests of films of 1 GiB that are zeros but for the first chunk. */
async function* manifestsOfZeros(count: number) {
  const zeros = new Uint8Array(CHUNK_BYTES)
  const digests = new Uint8Array((GIB / CHUNK_BYTES) * DIGEST_BYTES)
  for (let index = 1; index < GIB / CHUNK_BYTES; index++)
    digests.set(await digestChunk(chunk(index), zeros), index * DIGEST_BYTES)
  const pageBytes = PAGE_CHUNKS * DIGEST_BYTES
  const pageOf = (page: number) =>
    digestPage(page, digests.subarray(page * pageBytes, (page + 1) * pageBytes))
  const pageRoots = await Promise.all(
    Array.from({ length: digests.length / pageBytes }, (_, page) => pageOf(page)),
  )
  for (let film = 0; film < count; film++) {
    const first = new Uint8Array(CHUNK_BYTES).fill(film + 1)
    digests.set(await digestChunk(chunk(0), first))
    pageRoots[0] = await pageOf(0)
    const about = { name: 'film.mp4', type: 'video/mp4', sizeBytes: GIB, pageRoots }
    const root = await digestRoot(GIB, pageRoots)
    const head = encodeDescriptor({ ...about, root })
    yield { first, bytes: new Uint8Array(await new Blob([head, digests]).arrayBuffer()) }
  }
}

const test = base.extend<{ tracker: string }>({
  tracker: async ({ startServer }, use) => {
    await use(`ws://localhost:${(await startServer()).port}/tracker`)
  },
})

/** Loads the viewer of these tests anew, as another page would be: each has an id of its own. */
async function viewers(): Promise<() => Promise<typeof Viewer>> {
  await mkdir(join(ROOT, 'build'), { recursive: true })
  const folder = await mkdtemp(join(ROOT, 'build', 'viewer-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'viewer.mjs')
  await build({
    entryPoints: [join(ROOT, 'test/unit/seed/node-viewer.ts')],
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error', outfile },
    external: ['node-datachannel', 'node-datachannel/*', 'selfsigned', 'ws'],
  })
  let count = 0
  return async () => (await import(/* @vite-ignore */ `${outfile}?${count++}`)).NodeViewer
}

test.skipIf(process.platform !== 'linux')(
  '100 films of 1 GiB, one of them watched, take less than 200 MiB of memory',
  { timeout: 300_000 },
  async ({ start, folder, tracker }) => {
    const names: string[] = []
    let watched: Uint8Array<ArrayBuffer> | undefined
    for await (const { first, bytes } of manifestsOfZeros(FILMS)) {
      const name = `film-${names.length}.mp4`
      const file = await open(join(folder, name), 'w')
      await file.write(first)
      await file.truncate(GIB)
      await file.close()
      await writeFile(join(folder, `${name}.swarm`), bytes)
      watched ??= bytes
      names.push(name)
    }
    const seeder = start('seed', ...names, '--tracker', tracker)
    await vi.waitFor(() => expect(seeder.stdout).toContain(`seeding ${names.at(-1)}`), PATIENCE)
    const idleBytes = await peakBytesOf(seeder.child.pid)
    const NodeViewer = await (await viewers())()
    const manifest = await manifestOf(watched ?? new Uint8Array())
    const viewer = await NodeViewer.watch(tracker, manifest)
    onTestFinished(() => viewer.stop())
    await vi.waitFor(() => expect(viewer.chunks.size).toBeGreaterThan(256), PATIENCE)
    const busyBytes = await peakBytesOf(seeder.child.pid)
    const inMib = (bytes: number) => `${Math.round(bytes / MIB)} MiB`
    console.info(`${FILMS} films: ${inMib(idleBytes)}; one watched: ${inMib(busyBytes)}`)
    expect(seeder.stderr).toBe('')
    expect(idleBytes).toBeGreaterThan(10 * MIB)
    expect(busyBytes).toBeLessThan(200 * MIB)
  },
)

test('a seeder has sixty viewers at a time, all films together, and not one more', {
  timeout: 300_000,
}, async ({ folder, tracker }) => {
  const MOST = DEFAULT_PEERS
  const notices: string[] = []
  const seeder = await Seeder.start({
    trackers: [tracker],
    iceServers: [],
    bytesPerSecond: Number.POSITIVE_INFINITY,
    peers: MOST,
    storeBytes: 0,
    onNotice: line => notices.push(line),
    onOver: () => {},
  })
  const another = await viewers()
  const all: Viewer[] = []
  onTestFinished(async () => {
    await Promise.all([seeder.stop(), ...all.map(each => each.stop())])
  })
  const served = () => all.filter(({ chunks }) => chunks.size === 2).length
  let most = 0
  const until = (assertion: () => void) =>
    vi.waitFor(() => {
      most = Math.max(most, seeder.figures.peers)
      assertion()
    }, PATIENCE)
  // A film each, so that nobody but the seeder has anything to give.
  for (let at = 0; at < MOST + 4; at++) {
    const path = join(folder, `film-${at}.mp4`)
    await writeFile(path, Buffer.alloc(2 * CHUNK_BYTES, at))
    const file = await MediaFile.open(path)
    const manifest = await manifestOf(new Uint8Array((await file.manifest()).bytes))
    await seeder.giveFile(path, file.handle, manifest)
    all.push(await (await another()).watch(tracker, manifest))
    // A few at a time: one machine is all of them.
    await until(() => expect(served()).toBeGreaterThanOrEqual(Math.min(at - 3, MOST)))
  }
  expect(seeder.figures.peers).toBe(MOST)
  expect(served()).toBe(MOST)
  // Who waits comes in when somebody goes.
  await all.find(({ chunks }) => chunks.size === 2)?.stop()
  await until(() => expect(served()).toBe(MOST + 1))
  expect(most).toBe(MOST)
  expect(notices).toEqual([])
})
