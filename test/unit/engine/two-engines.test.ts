/** Two whole engines without browser, network or time: what one has the other gets. */

import { expect, test, vi } from 'vitest'
import { VirtualClock } from '../../../sim/clock.js'
import { CHUNK_BYTES, chunk, run } from '../../../src/core/units.js'
import { Engine } from '../../../src/engine/engine.js'
import { MemoryStorage } from '../../../src/store/memory-storage.js'
import { publish } from '../store/resources.js'
import { settled } from '../swarm/in-memory-channel.js'
import { MemoryRoom } from './memory-swarm.js'

const CHUNKS = 12

test('a seeder gives a viewer without an origin the whole film, and only what is true', async () => {
  const film = await publish((CHUNKS - 1) * CHUNK_BYTES + 5)
  const { manifest } = film
  const clock = new VirtualClock()
  const room = new MemoryRoom(clock)
  const engineOf = (name: string) => {
    const storage = new MemoryStorage({ capacityBytes: 64 * CHUNK_BYTES })
    const notices: string[] = []
    const engine = new Engine({
      ...{ storage, clock, hasOrigin: false, maySearch: () => true },
      emit: (type, detail) => void (type === 'notice' && notices.push(JSON.stringify(detail))),
      joinSwarm: (shared, listener) => room.join(name, shared, listener),
    })
    return { engine, storage, notices }
  }
  const [seeder, viewer] = [engineOf('seeder'), engineOf('viewer')]
  for (let index = 0; index < CHUNKS; index++)
    seeder.storage.keep(manifest.id, CHUNKS, await film.verified(index))
  ;(await seeder.engine.open('film', manifest)).seed({ stays: true })

  const session = await viewer.engine.open('film', manifest)
  const got = new Map<number, Uint8Array>()
  const nothing = () => {}
  session.open(
    { id: 1, run: run(0, CHUNKS), isPlayed: false, origin: undefined },
    {
      chunk: (index, bytes) => void got.set(index, bytes),
      ...{ grant: nothing, readOn: nothing, hold: nothing, exhausted: nothing },
      ...{ decline: nothing, close: nothing },
    },
  )
  session.need(1, chunk(0), [run(0, CHUNKS)])
  await vi.waitFor(
    async () => {
      clock.run(clock.nowMs() + 50)
      await settled()
      expect(got.size).toBe(CHUNKS)
    },
    { timeout: 30_000, interval: 1 },
  )
  for (const [index, bytes] of got) expect(Buffer.compare(bytes, film.bytesOf(index))).toBe(0)
  expect([...seeder.notices, ...viewer.notices]).toEqual([])
  // Told from five milliseconds away: half a minute of it would be a policy that waits.
  expect(clock.nowMs()).toBeLessThan(30_000)
})
