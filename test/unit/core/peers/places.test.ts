import { expect, test } from 'vitest'
import { Places } from '../../../../src/core/peers/places.js'

test('a viewer wants 12, and six that came by its own offers', () => {
  const places = new Places()
  expect(places.wanted({ all: 0, own: 0 })).toBe(12)
  expect(places.wanted({ all: 8, own: 6 })).toBe(4)
  expect(places.wanted({ all: 14, own: 2 })).toBe(4)
  expect(places.wanted({ all: 14, own: 6 })).toBeLessThanOrEqual(0)
})

test('who comes by himself takes no place that is kept for those of our own offers', () => {
  const places = new Places()
  expect(places.isFree({ all: 13, own: 0 }, false)).toBe(true)
  expect(places.isFree({ all: 14, own: 0 }, false)).toBe(false)
  expect(places.isFree({ all: 14, own: 0 }, true)).toBe(true)
  expect(places.isFree({ all: 19, own: 6 }, false)).toBe(true)
  expect(places.isFree({ all: 20, own: 6 }, true)).toBe(false)
})

test('where there may be few, those that come by themselves find a place', () => {
  const places = new Places({ wanted: 1, most: 1 })
  expect(places.isFree({ all: 0, own: 0 }, false)).toBe(true)
  expect(places.isFree({ all: 1, own: 0 }, false)).toBe(false)
  expect(places.wanted({ all: 1, own: 0 })).toBe(0)
})

test('the limits may change under way', () => {
  const links = { wanted: 2, most: 2 }
  const places = new Places(links)
  expect(places.isFree({ all: 2, own: 0 }, false)).toBe(false)
  links.most = 3
  expect(places.isFree({ all: 2, own: 0 }, false)).toBe(true)
})
