import { expect, test, vi } from 'vitest'
import type { HashThread } from '../../../src/client/hashing.js'
import { checkPageOptions } from '../../../src/client/options.js'
import { Shares } from '../../../src/client/shares.js'
import { checkSwarmOptions } from '../../../src/client/swarm-options.js'
import type { Sharing } from '../../../src/core/policy/sharing.js'
import { CHUNK_BYTES, chunk, run } from '../../../src/core/units.js'
import { engineOf } from '../engine/fakes.js'
import { publish } from '../store/resources.js'

const CHUNKS = 3
const film = await publish(CHUNKS * CHUNK_BYTES)
const { id } = film.manifest
const place = { pageUrl: 'https://site.example/', scriptUrl: 'https://site.example/swarmtag.js' }

const fileOf = () =>
  new File(
    Array.from({ length: CHUNKS }, (_, index) => film.bytesOf(index)),
    'film.mp4',
  )

/** The shares of a page, whose thread has hashed a file as soon as it is asked. */
function arrange({ options = {}, sharing = 'on' as Sharing } = {}) {
  const all = { tracker: ['/tracker'], ...options }
  const engine = engineOf()
  const asked: string[] = []
  const shares: Shares = new Shares({
    settings: {
      ...checkPageOptions(all, place).settings,
      ...checkSwarmOptions(all, place).settings,
    },
    place,
    consent: { sharing },
    engine: () => engine.engine,
    startHashing: () => {
      const thread: HashThread = {
        onmessage: null,
        onerror: null,
        postMessage: () => {
          const data = { type: 'hashed', manifest: film.bytes.slice() }
          thread.onmessage?.(new MessageEvent('message', { data }))
        },
        terminate: () => {},
      }
      return thread
    },
    ask: () => void asked.push('file'),
  })
  return { shares, asked, ...engine }
}

test('a file is given by a session of its own, from where it lies, and nothing of it is kept', async () => {
  const { shares, engine, swarms, storage } = arrange()
  const share = shares.begin(fileOf(), {})
  await share.hashed
  const session = await engine.find(id)
  expect(session?.options.store.held.runs()).toEqual([run(0, CHUNKS)])
  expect(shares.has(id)).toBe(true)
  const [swarm] = swarms
  if (!swarm) throw new Error('no swarm was joined')
  const own = shares.swarmOf(swarm)
  expect(own?.role).toBe('provider')
  expect(await own?.read(chunk(1))).toEqual(film.bytesOf(1))
  expect((await storage.holding(id, CHUNKS)).size).toBe(0)
  expect(shares.swarmOf({ ...swarm, url: 'https://site.example/film.mp4' })).toBeUndefined()
})

test('what happens to its session is counted by the share, and is none of the page', async () => {
  const { shares } = arrange()
  const share = shares.begin(fileOf(), {})
  await share.hashed
  const peer = { url: id, peer: 'p' }
  expect(shares.takes('video', { url: id, root: id, sizeBytes: 1, chunks: 1 })).toBe(true)
  expect(shares.takes('peer', { ...peer, state: 'joined' })).toBe(true)
  expect(shares.takes('upload', { ...peer, index: 0, bytes: 5 })).toBe(true)
  expect(shares.takes('peer', { ...peer, url: 'another', state: 'joined' })).toBe(false)
  expect(shares.takes('notice', { code: 'store-failed', detail: '' })).toBe(false)
  expect(share).toMatchObject({ viewers: 1, givenBytes: 5 })
  share.stop()
  expect(shares.takes('peer', { ...peer, state: 'left' })).toBe(true)
  expect(share).toMatchObject({ viewers: 0, state: 'ended' })
})

test('a share that is stopped leaves its swarm; the same file can be shared again, and then takes the place of the other', async () => {
  const { shares, engine, swarms } = arrange()
  const first = shares.begin(fileOf(), {})
  await first.hashed
  first.stop()
  await vi.waitFor(() => expect(engine.find(id)).toBeUndefined())
  expect(swarms[0]?.calls.at(-1)).toEqual(['leave'])
  const second = shares.begin(fileOf(), {})
  await second.hashed
  const third = shares.begin(fileOf(), {})
  await third.hashed
  expect([first.state, second.state, third.state]).toEqual(['ended', 'ended', 'sharing'])
  expect(second.why).toBe('stopped')
  expect(swarms).toHaveLength(3)
  expect(swarms[1]?.calls.at(-1)).toEqual(['leave'])
  const session = await engine.find(id)
  expect(session?.options.store.held.isComplete).toBe(true)
  const [, , swarm] = swarms
  expect(swarm && (await shares.swarmOf(swarm)?.read(chunk(2)))).toEqual(film.bytesOf(2))
})

test('all shares end with Swarmtag', async () => {
  const { shares, engine } = arrange()
  const share = shares.begin(fileOf(), {})
  await share.hashed
  shares.stop()
  expect(share).toMatchObject({ state: 'ended', why: 'stopped' })
  await vi.waitFor(() => expect(engine.find(id)).toBeUndefined())
})

test.each<[Sharing, object, number]>([
  ['on', {}, 0],
  ['unasked', { consent: 'ask' }, 1],
  ['unasked', { consent: 'required' }, 0],
  ['privacy-control', {}, 1],
  ['privacy-control', { consent: 'required' }, 0],
  ['refused', { consent: 'ask' }, 0],
  ['save-data', {}, 0],
])('who shares while sharing is "%s" with %o is asked %i times', (sharing, options, times) => {
  const { shares, asked } = arrange({ options, sharing })
  const share = shares.begin(fileOf(), {})
  expect(share.sharing).toBe(sharing)
  expect(asked).toHaveLength(times)
})
