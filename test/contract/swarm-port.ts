/** What every `SwarmPort` does, whether there is a network between the viewers or not. */

import { expect, test, vi } from 'vitest'
import { ChunkSet } from '../../src/core/chunk-set.js'
import { SwarmtagError } from '../../src/core/errors.js'
import { type ChunkIndex, chunk, run } from '../../src/core/units.js'
import type { Shared } from '../../src/engine/engine.js'
import type { PeerEvent, SwarmListener, SwarmPort } from '../../src/engine/swarm-port.js'
import { publish } from '../unit/store/resources.js'

const CHUNKS = 8
const PATIENCE = { timeout: 30_000, interval: 20 }
const FALSE = new SwarmtagError('chunk-corrupt', 'chunk 1 is not what its digest names')
const WASTEFUL = new SwarmtagError('peer-timeout', 'the peer gives what others gave by then')

export type Join = (shared: Shared, listener: SwarmListener) => SwarmPort

/** Two viewers of one resource who meet as soon as both have joined. */
export interface Pair {
  readonly joins: readonly [Join, Join]
  /** Lets what was said arrive. */
  pass(): Promise<void>
  end(): Promise<void>
}

interface Side {
  readonly port: SwarmPort
  readonly held: ChunkSet
  readonly events: PeerEvent[]
  readonly arrived: Map<ChunkIndex, Uint8Array>
  readonly uploaded: ChunkIndex[]
  readonly failures: SwarmtagError[]
  /** Keeps what arrives waiting until the function returned is called. */
  holdUp(): () => void
  /** What the other is called. */
  peer(): string
}

export function swarmPortContract(name: string, make: () => Promise<Pair>): void {
  const published = publish((CHUNKS - 1) * 65_536 + 100)

  const arrange = async (body: (a: Side, b: Side, pair: Pair) => Promise<void>) => {
    const { manifest, bytesOf } = await published
    const pair = await make()
    const join = (join: Join, from: number, to: number): Side => {
      const held = new ChunkSet(CHUNKS, from < to ? [run(from, to)] : [])
      const events: PeerEvent[] = []
      const arrived = new Map<ChunkIndex, Uint8Array>()
      const uploaded: ChunkIndex[] = []
      const failures: SwarmtagError[] = []
      let isLookedAt = Promise.resolve()
      const read = async (index: ChunkIndex) => (held.has(index) ? bytesOf(index) : undefined)
      const port = join(
        { url: 'film', manifest, held, read },
        {
          handle: event => void events.push(event),
          arrived: (_peer, index, bytes) => {
            arrived.set(index, bytes)
            return isLookedAt
          },
          uploaded: (_peer, index) => void uploaded.push(index),
          failed: error => void failures.push(error),
        },
      )
      const holdUp = () => {
        let goOn = () => {}
        isLookedAt = new Promise(resolve => {
          goOn = resolve
        })
        return goOn
      }
      const peer = () => {
        const joined = events.find(event => event.type === 'joined')
        return joined?.type === 'joined' ? joined.peer : 'nobody'
      }
      return { port, held, events, arrived, uploaded, failures, holdUp, peer }
    }
    const [a, b] = [join(pair.joins[0], 0, 4), join(pair.joins[1], 0, 0)]
    try {
      await until(pair, () => {
        expect(b.events).toContainEqual({ type: 'have', peer: b.peer(), runs: [run(0, 4)] })
        expect(a.peer()).not.toBe('nobody')
      })
      await body(a, b, pair)
    } finally {
      a.port.leave()
      b.port.leave()
      await pair.end()
    }
  }
  const until = (pair: Pair, assertion: () => void) =>
    vi.waitFor(async () => {
      await pair.pass()
      assertion()
    }, PATIENCE)
  const typesOf = ({ events }: Side) => events.map(({ type }) => type)
  const chunks = (...indices: number[]) => indices.map(chunk)

  test(`${name}: two who meet see each other join once, and what is held`, () =>
    arrange(async (a, b) => {
      expect(typesOf(a).filter(type => type === 'joined' || type === 'have')).toEqual(['joined'])
      expect(typesOf(b).filter(type => type === 'joined')).toEqual(['joined'])
      const joined = b.events.find(event => event.type === 'joined')
      expect(joined).toMatchObject({ maxWants: expect.any(Number) })
      expect(a.peer()).not.toBe(b.peer())
    }))

  test(`${name}: what is wanted comes, whole and true, and is counted as given`, () =>
    arrange(async (a, b, pair) => {
      const { bytesOf } = await published
      b.port.want(b.peer(), chunks(2, 0, 3))
      await until(pair, () => expect(b.arrived.size).toBe(3))
      for (const [index, bytes] of b.arrived) expect(same(bytes, bytesOf(index))).toBe(true)
      await until(pair, () => expect([...a.uploaded].sort()).toEqual([0, 2, 3]))
      expect([...a.failures, ...b.failures]).toEqual([])
    }))

  test(`${name}: what comes is looked at one after the other`, () =>
    arrange(async (_a, b, pair) => {
      const goOn = b.holdUp()
      b.port.want(b.peer(), chunks(0, 1, 2))
      await until(pair, () => expect(b.arrived.size).toBe(1))
      for (let turn = 0; turn < 20; turn++) await pair.pass()
      expect(b.arrived.size).toBe(1)
      goOn()
      await until(pair, () => expect(b.arrived.size).toBe(3))
    }))

  test(`${name}: what is gained and lost is sent`, () =>
    arrange(async (a, b, pair) => {
      a.held.add(chunk(6))
      a.port.sendHave(chunk(6))
      const peer = b.peer()
      await until(pair, () =>
        expect(b.events).toContainEqual({ type: 'have', peer, runs: [run(6, 7)] }),
      )
      a.held.deleteRun(run(1, 3))
      a.port.sendLost([run(1, 3)])
      await until(pair, () =>
        expect(b.events).toContainEqual({ type: 'no-longer-has', peer, runs: [run(1, 3)] }),
      )
    }))

  test(`${name}: what is not there is refused for a time, and nothing comes`, () =>
    arrange(async (_a, b, pair) => {
      b.port.want(b.peer(), chunks(5))
      await until(pair, () =>
        expect(b.events).toContainEqual({
          ...{ type: 'busy', peer: b.peer(), runs: [run(5, 6)] },
          retryMs: expect.any(Number),
        }),
      )
      expect(b.arrived.size).toBe(0)
    }))

  test(`${name}: nobody is asked, let go of or banned who is no neighbour`, () =>
    arrange(async (_a, b, pair) => {
      const before = b.events.length
      b.port.want('stranger', chunks(0))
      b.port.cancel('stranger', chunks(0))
      b.port.letGo('stranger', WASTEFUL)
      b.port.ban('stranger', FALSE)
      await pair.pass()
      expect(b.events).toHaveLength(before)
      expect(b.failures).toEqual([])
    }))

  test.each(['letGo', 'ban'] as const)(
    `${name}: after %s both have left, and why is reported here`,
    how =>
      arrange(async (a, b, pair) => {
        const error = how === 'ban' ? FALSE : WASTEFUL
        b.port[how](b.peer(), error)
        await until(pair, () => {
          expect(typesOf(a)).toContain('left')
          expect(typesOf(b)).toContain('left')
        })
        expect(b.failures).toEqual([error])
      }),
  )

  test(`${name}: who leaves is gone for the other at once`, () =>
    arrange(async (a, b, pair) => {
      a.port.leave()
      a.port.leave()
      await until(pair, () => expect(typesOf(b)).toContain('left'))
      b.port.want(b.peer(), chunks(0))
      await pair.pass()
      expect(b.arrived.size).toBe(0)
      expect(b.failures).toEqual([])
    }))
}

const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
