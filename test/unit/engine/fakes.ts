/** What is around the engine, noting what it is called with: for the tests of this folder. */

import { vi } from 'vitest'
import { VirtualClock } from '../../../sim/clock.js'
import { CHUNK_BYTES, run } from '../../../src/core/units.js'
import { Engine, type EngineOptions, type Shared } from '../../../src/engine/engine.js'
import type { EngineEvents } from '../../../src/engine/events.js'
import type { ResponseSink } from '../../../src/engine/response-sink.js'
import type { Session } from '../../../src/engine/session.js'
import type { SwarmListener, SwarmPort } from '../../../src/engine/swarm-port.js'
import { MemoryStorage } from '../../../src/store/memory-storage.js'
import { settled } from '../swarm/in-memory-channel.js'

/** Calls by name and arguments. */
export type Calls = unknown[][]

/** Something all of whose methods note that they were called. */
export function noting<Port extends object>(calls: Calls): Port {
  return new Proxy({} as Port, {
    get:
      (_, name: string) =>
      (...args: unknown[]) =>
        void calls.push([name, ...args]),
  })
}

export interface Joined extends Shared {
  readonly calls: Calls
  readonly listener: SwarmListener
}

export function engineOf(options: Partial<EngineOptions> = {}) {
  const clock = new VirtualClock()
  const storage = new MemoryStorage({ capacityBytes: 1_024 * CHUNK_BYTES })
  const events: {
    [Type in keyof EngineEvents]: readonly [Type, EngineEvents[Type]]
  }[keyof EngineEvents][] = []
  /** Swarms that were joined, in order. */
  const swarms: Joined[] = []
  const engine = new Engine({
    ...{ storage, clock, hasOrigin: true, maySearch: () => true },
    emit: (type, detail) => void events.push([type, detail] as (typeof events)[number]),
    joinSwarm: (shared, listener) => {
      const calls: Calls = []
      swarms.push({ ...shared, calls, listener })
      return noting<SwarmPort>(calls)
    },
    ...options,
  })
  /** Lets time pass, and what follows from it. */
  const pass = async (ms: number) => {
    clock.run(clock.nowMs() + ms)
    await settled()
    clock.run(clock.nowMs())
  }
  /** Waits for what verifying or storage brings, while no time passes. */
  const until = (assertion: () => void) =>
    vi.waitFor(
      () => {
        clock.run(clock.nowMs())
        assertion()
      },
      { timeout: 30_000, interval: 1 },
    )
  return { engine, clock, storage, events, swarms, pass, until }
}

/** A response of a session, and what it was called with. */
export function respond(session: Session, { id = 0, isPlayed = true, to = 8 } = {}): Calls {
  const calls: Calls = []
  const { chunkCount } = session.options.manifest.map
  const whole = run(0, Math.min(to, chunkCount))
  session.open({ id, run: whole, isPlayed, origin: undefined }, noting<ResponseSink>(calls))
  return calls
}
