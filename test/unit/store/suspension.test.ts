import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { film, keep, readable, stores, upTo } from './stores.js'

/** A whole block: it is written at once. */
const BLOCK = 16

test.each([0, 1, 2, 5, 20])(
  'a page that is put aside leaves no transaction open, and goes on writing when it is shown again; after %i turns',
  async turns => {
    const onLost = vi.fn()
    const onRefused = vi.fn()
    const { store, another } = stores({ onLost, onRefused })
    await keep(store, film, [20])
    await store.flush()
    await keep(store, film, upTo(BLOCK))
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    store.suspend()
    await store.flush()
    expect(await readable(another(), film)).toEqual([20])
    expect(await readable(store, film)).toEqual([...upTo(BLOCK), 20])
    store.resume()
    await vi.waitFor(async () =>
      expect(await readable(another(), film)).toEqual([...upTo(BLOCK), 20]),
    )
    expect(onLost).not.toHaveBeenCalled()
    expect(onRefused).not.toHaveBeenCalled()
  },
)

test('what comes while the page is put aside is written when it is shown again', async () => {
  const { store, another } = stores()
  store.suspend()
  await keep(store, film, upTo(BLOCK))
  expect(await readable(another(), film)).toEqual([])
  store.resume()
  await vi.waitFor(async () => expect(await readable(another(), film)).toEqual(upTo(BLOCK)))
})
