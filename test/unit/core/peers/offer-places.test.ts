import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Offer, OfferPlaces } from '../../../../src/core/peers/offer-places.js'

const offer = (name: string, sources = [name], isMet = false): Offer => ({ name, sources, isMet })

/** Offers one after the other, at some ms from each other; tells who has a place in the end. */
function run(places: OfferPlaces<Offer>, offers: readonly Offer[], everyMs: number, fromMs = 0) {
  let nowMs = fromMs
  const inside = new Set<string>()
  for (const each of offers) {
    const { isTaken, left } = places.take(each, nowMs)
    if (left) inside.delete(left.name)
    if (isTaken) inside.add(each.name)
    nowMs += everyMs
  }
  return inside
}

const many = (count: number, source?: string) =>
  Array.from({ length: count }, (_, index) => offer(`o${index}`, source ? [source] : undefined))

test('eight offers have places, and another waits until the oldest had its time', () => {
  const places = new OfferPlaces()
  expect(run(places, many(8), 0).size).toBe(8)
  expect(places.take(offer('late'), 1_499)).toEqual({ isTaken: false })
  expect(places.take(offer('late'), 1_500)).toEqual({ isTaken: true, left: offer('o0') })
  expect(places.size).toBe(8)
})

test('a place that is left is free at once', () => {
  const places = new OfferPlaces<Offer>()
  const first = offer('first')
  places.take(first, 0)
  run(places, many(7), 0)
  places.leave(first)
  expect(places.take(offer('late'), 0)).toEqual({ isTaken: true })
})

test('where one source has most, its oldest offer leaves at once for another source', () => {
  const places = new OfferPlaces()
  run(places, [offer('ann', ['home']), ...many(7, 'flood')], 0)
  expect(places.take(offer('bob', ['other']), 1)).toEqual({
    isTaken: true,
    left: offer('o0', ['flood']),
  })
})

test('offers that share an address count as of one source, whatever else they claim', () => {
  const places = new OfferPlaces()
  const sharing = Array.from({ length: 8 }, (_, index) =>
    offer(`o${index}`, [`certificate ${index}`, '192.0.2.1']),
  )
  run(places, sharing, 0)
  expect(places.take(offer('ann'), 0).isTaken).toBe(true)
})

test('who sends many pushes out its own, never others', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 3_000 }),
      (others, floods, everyMs) => {
        const places = new OfferPlaces()
        const honest = Array.from({ length: others }, (_, index) => offer(`honest${index}`))
        run(places, honest, 0)
        const floodFrom = Array.from({ length: floods }, (_, index) =>
          offer(`f${index}`, ['flood']),
        )
        const before = places.size
        for (const [index, each] of floodFrom.entries()) {
          const taking = places.take(each, index * everyMs)
          if (taking.left) expect(taking.left.sources).toEqual(['flood'])
        }
        expect(places.size).toBe(Math.min(8, before + floods))
      },
    ),
  )
})

test('a flood of one source, however fast, leaves a place to each of seven others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 100 }), fc.integer({ min: 0, max: 200 }), (count, ms) => {
      const places = new OfferPlaces()
      run(places, many(count, 'flood'), ms)
      const honest = Array.from({ length: 7 }, (_, index) => offer(`honest${index}`))
      expect(run(places, honest, 0, count * ms).size).toBe(7)
    }),
  )
})

test('two more places are for those that were met, and strangers do not get them', () => {
  const places = new OfferPlaces()
  run(places, many(8), 0)
  expect(places.take(offer('ann', ['a'], true), 0)).toEqual({ isTaken: true })
  expect(places.take(offer('bob', ['b'], true), 0)).toEqual({ isTaken: true })
  expect(places.take(offer('cid', ['c'], true), 0)).toEqual({ isTaken: false })
  expect(places.size).toBe(10)
  const late = Array.from({ length: 20 }, (_, index) => offer(`late${index}`))
  expect(run(places, late, 0, 2_000).size).toBe(8)
  expect(places.size).toBe(10)
  expect(places.take(offer('ann', ['a'], true), 2_000).left?.name).toBe('ann')
})

test('of one name one offer has a place: the first, until it had its time', () => {
  const places = new OfferPlaces()
  places.take(offer('ann'), 0)
  expect(places.take(offer('ann'), 1_000)).toEqual({ isTaken: false })
  expect(places.take(offer('ann'), 1_500)).toEqual({ isTaken: true, left: offer('ann') })
  expect(places.size).toBe(1)
})

test('where there is no connection for one more, one leaves for it, or it is refused', () => {
  const places = new OfferPlaces()
  expect(places.take(offer('ann'), 0, false)).toEqual({ isTaken: false })
  places.take(offer('ann'), 0)
  expect(places.take(offer('bob'), 1_499, false)).toEqual({ isTaken: false })
  expect(places.take(offer('bob'), 1_500, false)).toEqual({ isTaken: true, left: offer('ann') })
  expect(places.take(offer('cid', ['c'], true), 1_500, false).isTaken).toBe(false)
})
