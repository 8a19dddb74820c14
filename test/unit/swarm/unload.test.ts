import { afterEach, expect, test, vi } from 'vitest'
import { withoutUnload } from '../../../src/swarm/unload.js'

afterEach(() => vi.unstubAllGlobals())

test('what is done does not hear that a page may be left, and all else it hears', () => {
  const listen = vi.fn()
  vi.stubGlobal('addEventListener', listen)
  const result = withoutUnload(() => {
    addEventListener('beforeunload', () => {})
    addEventListener('online', () => {}, { once: true })
    return 7
  })
  expect(result).toBe(7)
  expect(listen.mock.calls).toEqual([['online', expect.any(Function), { once: true }]])
  expect(globalThis.addEventListener).toBe(listen)
})

test('it is as before where that fails, and where there are no events', () => {
  const listen = vi.fn()
  vi.stubGlobal('addEventListener', listen)
  const fail = () => {
    throw new Error('no room')
  }
  expect(() => withoutUnload(fail)).toThrow('no room')
  expect(globalThis.addEventListener).toBe(listen)
  vi.stubGlobal('addEventListener', undefined)
  expect(withoutUnload(() => 7)).toBe(7)
})
