import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Ends,
  isBannedFor,
  type Member,
  Neighbourhood,
} from '../../../../src/core/peers/neighbourhood.js'

const OWN = '203.0.113.1'

/** Neighbours, and the rules for them. */
class Neighbours extends Neighbourhood {
  readonly members: Map<string, Member>

  constructor() {
    const members = new Map<string, Member>()
    super(members)
    this.members = members
  }

  /** Lets somebody in, if there is a place. */
  letIn(peer: string, isOwn: boolean): boolean {
    const isIn = this.hasPlace(isOwn)
    if (isIn) this.members.set(peer, { isOwn, network: undefined })
    return isIn
  }

  leave(peer: string): void {
    this.members.delete(peer)
  }

  isCrowdedBy(peer: string, ends: Ends): boolean {
    const member = this.members.get(peer)
    return member !== undefined && this.isCrowded(member, ends)
  }
}

/** Lets in so many, who came by themselves or by offers of this viewer. */
function filled(count: number, isOwn: boolean): Neighbours {
  const neighbours = new Neighbours()
  for (let at = 0; at < count; at++) expect(neighbours.letIn(`peer ${at}`, isOwn)).toBe(true)
  return neighbours
}

test('a viewer looks for 12, and for fewer the more are there or on their way', () => {
  const neighbours = filled(0, true)
  expect(neighbours.wanted).toBe(12)
  neighbours.letIn('ann', true)
  const entered = neighbours.enter()
  expect(neighbours.wanted).toBe(10)
  entered()
  expect(neighbours.wanted).toBe(11)
  neighbours.leave('ann')
  expect(neighbours.wanted).toBe(12)
})

test('whoever comes is looked at while there may be a place, and connected beside the neighbours', () => {
  const neighbours = filled(19, true)
  expect(neighbours.hasRoom).toBe(true)
  const entered = neighbours.enter()
  expect(neighbours.hasRoom).toBe(false)
  expect(neighbours.wanted).toBeLessThanOrEqual(0)
  entered()
  expect(neighbours.hasRoom).toBe(true)
  expect(neighbours.mostConnections).toBe(28)
})

test('of many who were looked at while there was room for one, one finds a place', () => {
  const neighbours = filled(19, true)
  expect(['ann', 'bob', 'cy'].map(peer => neighbours.letIn(peer, true))).toEqual([
    true,
    false,
    false,
  ])
})

test('who comes unasked takes no place of those that this viewer offered to', () => {
  const neighbours = filled(14, false)
  expect(neighbours.letIn('unasked', false)).toBe(false)
  expect(neighbours.letIn('offered', true)).toBe(true)
  neighbours.leave('peer 0')
  expect(neighbours.letIn('unasked', false)).toBe(true)
})

test.each<[peers: string | undefined, own: string | undefined, stay: number]>([
  ['198.51.100.', OWN, 5],
  ['198.51.100.', undefined, 5],
  // This viewer's own network, a home, and what is not known.
  ['203.0.113.', OWN, 10],
  ['192.168.1.', OWN, 10],
  [undefined, OWN, 10],
])('of ten at %s… seen from %s so many stay: %i', (peers, own, stay) => {
  const neighbours = filled(10, true)
  let stayed = 0
  for (let at = 0; at < 10; at++) {
    const ends = { own, peers: peers && `${peers}${at + 2}` }
    if (neighbours.isCrowdedBy(`peer ${at}`, ends)) neighbours.leave(`peer ${at}`)
    else stayed++
  }
  expect(stayed).toBe(stay)
})

test('one that has gone counts no more in its network, and is told of no more', () => {
  const neighbours = filled(7, true)
  const isCrowded = (at: number) =>
    neighbours.isCrowdedBy(`peer ${at}`, { own: OWN, peers: `198.51.100.${at + 2}` })
  for (let at = 0; at < 5; at++) expect(isCrowded(at)).toBe(false)
  neighbours.leave('peer 0')
  expect(isCrowded(0)).toBe(false)
  expect(isCrowded(5)).toBe(false)
  expect(isCrowded(6)).toBe(true)
})

test('one that was late may come again; one that broke the protocol or gave false bytes may not', () => {
  expect(isBannedFor('peer-timeout')).toBe(false)
  expect(isBannedFor('peer-protocol')).toBe(true)
  expect(isBannedFor('chunk-corrupt')).toBe(true)
})

test('whatever comes and goes: never more than 20, never more than 14 unasked, and all places come free', () => {
  const step = fc.record({ peer: fc.nat(60), isOwn: fc.boolean(), isComing: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const neighbours = new Neighbours()
      const there = new Map<number, boolean>()
      for (const { peer, isOwn, isComing } of steps) {
        if (!isComing) {
          neighbours.leave(`${peer}`)
          there.delete(peer)
        } else if (!there.has(peer) && neighbours.letIn(`${peer}`, isOwn)) there.set(peer, isOwn)
        const unasked = [...there.values()].filter(each => !each).length
        expect(there.size).toBeLessThanOrEqual(20)
        expect(unasked).toBeLessThanOrEqual(14)
        expect(neighbours.hasRoom).toBe(there.size < 20)
      }
      for (const peer of there.keys()) neighbours.leave(`${peer}`)
      expect(neighbours.wanted).toBe(12)
    }),
  )
})
