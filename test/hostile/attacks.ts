/** What hostile peers do to a neighbour, each by its name. They run in a page: none may use anything from here but types. */

import type { Victim } from './peer.js'

export interface Attack {
  /** What hello says that it takes. @default 64 */
  readonly wants?: number
  /** How many peers do it. @default 1 */
  readonly peers?: number
  /** Whether its peers are dropped for it. */
  readonly isOffence?: boolean
  /** Whether nobody lets such a one in, so that nothing is ever asked of it. */
  readonly isRefused?: boolean
  readonly act: (victim: Victim, chunks: number) => void
}

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'says that it has all, takes no wants and gives nothing': {
    wants: 0,
    isOffence: true,
    isRefused: true,
    act: (victim, chunks) => victim.have([[0, chunks]]),
  },
  'says that it has all and is silent': {
    peers: 4,
    act: (victim, chunks) => victim.have([[0, chunks]]),
  },
  'gives three chunks, and then a kibibyte each 580 ms': {
    act: (victim, chunks) => {
      let given = 0
      let index: number | undefined
      let at = 0
      setInterval(() => {
        if (given < 3) return
        // What was begun is sent to its end, or it would be an offence.
        index ??= victim.wanted.shift()
        if (index === undefined) return
        victim.give(index, at, at + 1_024)
        at = (at + 1_024) % 65_536
        if (at === 0) index = undefined
      }, 580)
      victim.onWant = () => {
        while (given < 3 && victim.wanted.length > 0) {
          given++
          victim.give(victim.wanted.shift() ?? 0)
        }
      }
      victim.have([[0, chunks]])
    },
  },
  'gives a chunk every 580 ms': {
    act: (victim, chunks) => {
      setInterval(() => {
        const index = victim.wanted.shift()
        if (index !== undefined) victim.give(index)
      }, 580)
      victim.have([[0, chunks]])
    },
  },
  'gives a chunk every 580 ms, also what was cancelled': {
    act: (victim, chunks) => {
      const asked: number[] = []
      victim.onWant = indices => void asked.push(...indices)
      setInterval(() => {
        const index = asked.shift()
        if (index !== undefined) victim.give(index)
      }, 580)
      victim.have([[0, chunks]])
    },
  },
  'is true until the viewer seeks, and then silent': {
    peers: 4,
    act: (victim, chunks) => {
      victim.onWant = () => {
        while (victim.wanted.length > 0 && !(window as never as { isSought?: boolean }).isSought)
          victim.give(victim.wanted.shift() ?? 0)
      }
      victim.have([[0, chunks]])
    },
  },
  'is busy, and says 0 ms': {
    act: (victim, chunks) => {
      victim.onWant = indices => victim.busy(indices, 0)
      victim.have([[0, chunks]])
    },
  },
  'is busy for 2³² − 1 ms': {
    act: (victim, chunks) => {
      victim.onWant = indices => victim.busy(indices, 0xffffffff)
      victim.have([[0, chunks]])
    },
  },
  'wants and cancels 900 times a second': {
    act: (victim, chunks) => {
      const list = (type: number) => {
        const view = new DataView(new ArrayBuffer(12))
        view.setUint8(0, type)
        view.setUint16(2, 1)
        view.setUint32(8, Math.min(chunks, 64))
        return new Uint8Array(view.buffer)
      }
      setInterval(() => {
        for (let time = 0; time < 9; time++) victim.say(list(time % 2 === 0 ? 4 : 5))
      }, 10)
    },
  },
  'has all and has lost all, 900 times a second': {
    act: (victim, chunks) => {
      setInterval(() => {
        for (let time = 0; time < 5; time++) {
          victim.have([[0, chunks]])
          victim.lost([[0, chunks]])
        }
      }, 11)
    },
  },
  'has and has lost each other chunk, in lists as long as can be': {
    isOffence: true,
    act: (victim, chunks) => {
      const runs = Array.from({ length: chunks >> 1 }, (_, at): [number, number] => [
        2 * at,
        2 * at + 1,
      ])
      setInterval(() => {
        for (let time = 0; time < 250; time++) {
          victim.have(runs)
          victim.lost(runs)
        }
      }, 500)
    },
  },
  'opens and closes': {
    peers: 3,
    act: victim => void setTimeout(() => victim.connection.close(), 300),
  },
  'sends half a message': {
    isOffence: true,
    act: victim => victim.say(new Uint8Array([4, 0, 0, 9, 0, 0])),
  },
  'sends runs that lie outside the film': {
    isOffence: true,
    act: (victim, chunks) => victim.have([[chunks, chunks + 1]]),
  },
  'sends runs out of order': {
    isOffence: true,
    act: victim =>
      victim.have([
        [5, 6],
        [1, 2],
      ]),
  },
  'gives what nobody wants': { isOffence: true, act: victim => victim.give(0) },
  'gives a false chunk': {
    isOffence: true,
    act: (victim, chunks) => {
      victim.onWant = ([index = 0]) => {
        const bytes = new Uint8Array(12 + 65_536)
        bytes[0] = 7
        new DataView(bytes.buffer).setUint32(4, index)
        victim.say(bytes)
      }
      victim.have([[0, chunks - 1]])
    },
  },
  'gives a chunk in undersized fragments': {
    isOffence: true,
    act: (victim, chunks) => {
      victim.onWant = ([index = 0]) => victim.give(index, 0, 100)
      victim.have([[0, chunks - 1]])
    },
  },
  'says hello and leaves it at that': { act: () => {} },
}

/** Those that cost a viewer something once, and stand for the others where there is a minute. */
export const QUICK = [
  'says that it has all, takes no wants and gives nothing',
  'gives three chunks, and then a kibibyte each 580 ms',
  'is true until the viewer seeks, and then silent',
]
