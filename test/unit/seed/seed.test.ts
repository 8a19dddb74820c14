/** `swarmtag seed` as a process, a real tracker, and viewers in another process. */

import { once } from 'node:events'
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { generate } from 'selfsigned'
import { describe, expect, vi } from 'vitest'
import { CHUNK_BYTES } from '../../../src/core/units.js'
import { buildManifest, type Manifest, manifestOf } from '../../../src/store/manifest.js'
import { filmOf } from '../cli/fixtures.js'
import { test as base, type Process } from '../cli/program.js'
import { type FilmSite, startFilmSite } from './film-site.js'
import { NodeViewer } from './node-viewer.js'

const CHUNKS = 24
const FILM = filmOf((CHUNKS - 1) * CHUNK_BYTES + 1_000)
const PATIENCE = { timeout: 40_000, interval: 50 }

async function manifestBytes(film: Buffer): Promise<Uint8Array<ArrayBuffer>> {
  async function* chunks() {
    for (let at = 0; at < film.length; at += CHUNK_BYTES) yield film.subarray(at, at + CHUNK_BYTES)
  }
  const about = { name: 'film.mp4', type: 'video/mp4', sizeBytes: film.length }
  return (await buildManifest(about, chunks())).bytes
}

const seeds = (seeder: Process, file = 'film.mp4') =>
  vi.waitFor(() => expect(seeder.stdout, seeder.stderr).toContain(`seeding ${file}`), PATIENCE)

const test = base.extend<{
  tracker: string
  manifest: Manifest
  watch: (manifest?: Manifest, tracker?: string) => Promise<NodeViewer>
  /** A site that serves a film, and its manifest unless it has none. */
  siteOf: (film: Buffer, hasManifest?: boolean) => Promise<FilmSite>
}>({
  tracker: async ({ startServer }, use) => {
    await use(`ws://localhost:${(await startServer()).port}/tracker`)
  },
  manifest: async ({ folder }, use) => {
    await writeFile(join(folder, 'film.mp4'), FILM)
    await use(await manifestOf(await manifestBytes(FILM)))
  },
  watch: async ({ tracker, manifest }, use) => {
    const viewers: NodeViewer[] = []
    await use(async (film = manifest, where = tracker) => {
      const viewer = await NodeViewer.watch(where, film)
      viewers.push(viewer)
      return viewer
    })
    for (const each of viewers) await each.stop()
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the dependencies off the pattern
  siteOf: async ({}, use) => {
    const sites: FilmSite[] = []
    await use(async (film, hasManifest = true) => {
      const site = await startFilmSite(film, hasManifest ? await manifestBytes(film) : undefined)
      sites.push(site)
      return site
    })
    for (const each of sites) await each.close()
  },
})

const holdsAll = (viewer: NodeViewer, chunks = CHUNKS) =>
  vi.waitFor(
    () => expect(viewer.chunks.size, viewer.notices.join()).toBeGreaterThanOrEqual(chunks),
    PATIENCE,
  )
const isAlone = (viewer: NodeViewer) =>
  vi.waitFor(() => expect(viewer.session.neighbourCount).toBe(0), PATIENCE)

describe('a viewer gets a film from a seeder', () => {
  test('that was there before', async ({ start, tracker, watch }) => {
    const seeder = start('seed', 'film.mp4', '--tracker', tracker)
    await seeds(seeder)
    const viewer = await watch()
    await holdsAll(viewer)
    expect(viewer.bytes.equals(FILM)).toBe(true)
    seeder.child.kill('SIGTERM')
    expect(await seeder.end()).toEqual({ code: 0, signal: null })
    expect(seeder.stderr).toBe('')
    expect(seeder.stdout).toMatch(/given 1\.4 MiB\n$/)
    await isAlone(viewer)
  })

  test('that comes later, though the tracker is away at first, and lost again', async ({
    start,
    tracker,
    manifest,
    watch,
  }) => {
    const connections: Socket[] = []
    const line = createServer(socket => {
      connections.push(socket)
      const onwards = connect(Number(new URL(tracker).port), 'localhost')
      pipeline(socket, onwards, socket, () => {})
    })
    const listen = async (port: number) => {
      await once(line.listen(port, '127.0.0.1'), 'listening')
      return (line.address() as AddressInfo).port
    }
    const port = await listen(0)
    await once(line.close(), 'close')
    const where = `ws://127.0.0.1:${port}/tracker`
    const seeder = start('seed', 'film.mp4', '--tracker', where)
    await seeds(seeder)
    await listen(port)
    await vi.waitFor(() => expect(connections).toHaveLength(1), PATIENCE)
    connections[0]?.destroy()
    await vi.waitFor(() => expect(connections).toHaveLength(2), PATIENCE)
    await holdsAll(await watch(manifest, where))
    expect(seeder.child.exitCode).toBeNull()
    expect(seeder.stderr).toBe('')
    line.close()
  })
})

describe('nothing false is given', () => {
  test('of a file that is not quite what its manifest names', async ({
    start,
    folder,
    tracker,
    watch,
  }) => {
    await writeFile(join(folder, 'film.mp4.swarm'), await manifestBytes(FILM))
    const file = await open(join(folder, 'film.mp4'), 'r+')
    await file.write('false', 5 * CHUNK_BYTES)
    await file.close()
    const seeder = start('seed', 'film.mp4', '--tracker', tracker)
    await seeds(seeder)
    const viewer = await watch()
    await holdsAll(viewer, CHUNKS - 1)
    await vi.waitFor(() => expect(seeder.stderr).not.toBe(''), PATIENCE)
    expect(seeder.stderr).toBe(
      'swarmtag: chunk 5 of film.mp4 is not what the manifest names, or cannot be read: it is not given, nor is any like it\n',
    )
    expect(viewer.chunks.has(5)).toBe(false)
    expect(viewer.notices).toEqual([])
    expect(viewer.session.neighbourCount).toBe(1)
  })

  test.for(['changed', 'gone'] as const)(
    'of a file that is %s',
    async (what, { start, folder, tracker, watch }) => {
      const seeder = start('seed', 'film.mp4', '--tracker', tracker)
      await seeds(seeder)
      const viewer = await watch()
      await holdsAll(viewer)
      const path = join(folder, 'film.mp4')
      if (what === 'gone') await rm(path)
      else {
        await writeFile(`${path}.new`, filmOf(FILM.length).reverse())
        await rename(`${path}.new`, path)
      }
      await isAlone(viewer)
      expect(await seeder.end()).toEqual({ code: 1, signal: null })
      const why = what === 'gone' ? 'is no longer there' : 'was changed or replaced'
      expect(seeder.stderr).toBe(`swarmtag: film.mp4 ${why}: it is not given any more\n`)
    },
  )

  test('by the manifest of another file: one is made, and the other left alone', async ({
    start,
    folder,
    tracker,
    watch,
  }) => {
    const other = await manifestBytes(filmOf(FILM.length).reverse())
    await writeFile(join(folder, 'film.mp4.swarm'), other)
    const seeder = start('seed', 'film.mp4', '--tracker', tracker)
    await seeds(seeder)
    await holdsAll(await watch())
    expect(seeder.stderr).toBe(
      'swarmtag: film.mp4.swarm is not of this file: it is read to make another\n',
    )
    expect((await readFile(join(folder, 'film.mp4.swarm'))).equals(other)).toBe(true)
  })
})

describe('a film of a site', () => {
  test('is fetched once, given to all who watch it, and to them still when the site is gone', async ({
    start,
    tracker,
    watch,
    siteOf,
  }) => {
    const site = await siteOf(FILM)
    const seeder = start('seed', site.url, '--tracker', tracker)
    await seeds(seeder, site.url)
    const first = await watch()
    await holdsAll(first)
    expect(first.bytes.equals(FILM)).toBe(true)
    await first.stop()
    const { length } = site.ranges
    await site.close()
    const second = await watch()
    await holdsAll(second)
    expect(second.bytes.equals(FILM)).toBe(true)
    // 24 chunks in two blocks, of which first and last had been asked for ahead.
    expect(length).toBeLessThanOrEqual(5)
    seeder.child.kill('SIGINT')
    expect(await seeder.end()).toEqual({ code: 0, signal: null })
    expect(seeder.stderr).toBe('')
    expect(seeder.stdout).toMatch(/given 2\.9 MiB\n$/)
  })

  test('that goes away and comes back is offered all the while', async ({
    start,
    tracker,
    watch,
    siteOf,
  }) => {
    const site = await siteOf(FILM)
    let failures = 0
    const seeder = start('seed', site.url, '--tracker', tracker)
    await seeds(seeder, site.url)
    site.intercept = (_request, response) => {
      if (failures++ >= 3) return false
      response.writeHead(503).end()
      return true
    }
    const viewer = await watch()
    await holdsAll(viewer)
    expect(viewer.bytes.equals(FILM)).toBe(true)
    expect(failures).toBeGreaterThan(3)
    expect(viewer.notices).toEqual([])
  })

  test('that is another by now is no longer given', async ({ start, tracker, watch, siteOf }) => {
    const site = await siteOf(FILM)
    const seeder = start('seed', site.url, '--tracker', tracker)
    await seeds(seeder, site.url)
    site.film = filmOf(FILM.length).reverse()
    site.headers = { etag: '"2"' }
    const viewer = await watch()
    expect(await seeder.end()).toEqual({ code: 1, signal: null })
    expect(seeder.stderr).toBe(
      `swarmtag: ${site.url} was changed or replaced: it is not given any more\n`,
    )
    await isAlone(viewer)
    for (const [index, bytes] of viewer.chunks)
      expect(Buffer.from(bytes)).toEqual(
        FILM.subarray(index * CHUNK_BYTES).subarray(0, bytes.length),
      )
  })

  test('without a manifest, without ranges, not there, or from nowhere, is told apart', async ({
    start,
    tracker,
    siteOf,
  }) => {
    const [plain, whole, none, other] = await Promise.all([
      siteOf(FILM, false),
      siteOf(FILM),
      siteOf(FILM),
      siteOf(FILM),
    ])
    whole.intercept = (_request, response) => {
      response.end(FILM)
      return true
    }
    none.intercept = (_request, response) => {
      response.writeHead(404).end()
      return true
    }
    other.film = filmOf(FILM.length).reverse()
    const gone = await siteOf(FILM)
    await gone.close()
    const nowhere = gone.url
    const noTls = plain.url.replace('http:', 'https:')
    const urls = [plain, whole, none, other].map(({ url }) => url)
    const seeder = start('seed', ...urls, nowhere, noTls, '--tracker', tracker)
    expect(await seeder.end()).toEqual({ code: 1, signal: null })
    expect(seeder.stderr.replaceAll('swarmtag: ', '').trim().split('\n')).toEqual([
      `${plain.url} has no manifest: there is none at ${plain.url}.swarm (swarmtag manifest writes one)`,
      `cannot fetch ${whole.url}: it answers no range requests`,
      `${none.url} is not there for everybody: the site answers 404`,
      `${other.url} is another file than its manifest describes`,
      `cannot fetch ${nowhere}.swarm: nobody answers at this address and port`,
      `cannot fetch ${noTls}.swarm: it does not speak TLS there: is it http:// and not https://?`,
    ])
  })

  test('whose certificate nobody vouches for is not taken', async ({ start, tracker, folder }) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }])
    const server = createTlsServer({ cert, key }, (_request, response) => void response.end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4`
    const seeder = start('seed', url, join(folder, 'missing.mp4'), '--tracker', tracker)
    expect(await seeder.end()).toEqual({ code: 1, signal: null })
    server.close()
    expect(seeder.stderr).toContain(
      `swarmtag: cannot fetch ${url}.swarm: its certificate is signed by nobody that this machine trusts (NODE_EXTRA_CA_CERTS=FILE has Node trust one more)\n`,
    )
  })
})

describe('what cannot be is told', () => {
  test('without any file that can be given', async ({ start, tracker }) => {
    const seeder = start('seed', 'missing.mp4', '--tracker', tracker)
    expect(await seeder.end()).toEqual({ code: 1, signal: null })
    expect(seeder.stderr).toBe('swarmtag: cannot read missing.mp4: there is no such file\n')
  })

  test('of one file, and the others are given', async ({ start, folder, manifest, tracker }) => {
    expect(manifest.map.chunkCount).toBe(CHUNKS)
    await writeFile(join(folder, 'same.mp4'), FILM)
    const files = ['missing.mp4', 'film.mp4', 'same.mp4']
    const seeder = start('seed', ...files, '--tracker', tracker)
    await seeds(seeder)
    await vi.waitFor(
      () =>
        expect(seeder.stderr).toBe(
          'swarmtag: cannot read missing.mp4: there is no such file\nswarmtag: same.mp4 is the same film as film.mp4\n',
        ),
      PATIENCE,
    )
    seeder.child.kill('SIGINT')
    expect(await seeder.end()).toEqual({ code: 0, signal: null })
  })

  test('where WebRTC is not installed', async ({ start, manifest, tracker }) => {
    expect(manifest.map.chunkCount).toBe(CHUNKS)
    const refuse = `export const resolve = (name, context, next) =>
      name.startsWith('node-datachannel') ? Promise.reject(new Error('not found')) : next(name, context)`
    const hook = `import { register } from 'node:module'
      register("data:text/javascript,${encodeURIComponent(refuse)}")`
    vi.stubEnv('NODE_OPTIONS', `--import data:text/javascript,${encodeURIComponent(hook)}`)
    const seeder = start('seed', 'film.mp4', '--tracker', tracker)
    vi.unstubAllEnvs()
    expect(await seeder.end()).toEqual({ code: 1, signal: null })
    expect(seeder.stderr).toBe(
      'swarmtag: seeding needs the packages node-datachannel and selfsigned: npm install node-datachannel selfsigned (not found)\n',
    )
  })
})
