import { expect, test } from 'vitest'
import { AskedDigests } from '../../../src/sw/asked-digests.js'

const SPAN = { from: 0, to: 32 }

async function all(digests: AskedDigests, page: number): Promise<number[]> {
  const found: number[] = []
  for await (const bytes of digests.candidates(page, SPAN)) found.push(bytes[0] ?? -1)
  return found
}

test('a page is asked for once, when the channel is there, and given to all who wait', async () => {
  const digests = new AskedDigests()
  const asked: number[] = []
  const early = [all(digests, 3), all(digests, 3)]
  digests.open(page => void asked.push(page))
  const late = all(digests, 4)
  expect(asked).toEqual([3, 4])
  digests.receive(3, new Uint8Array([30]))
  digests.receive(4, new Uint8Array([40]))
  digests.receive(7, new Uint8Array([70]))
  expect(await Promise.all([...early, late])).toEqual([[30], [30], [40]])
})

test('nobody waits for what does not come any more', async () => {
  const digests = new AskedDigests()
  const waiting = all(digests, 0)
  digests.close()
  expect(await waiting).toEqual([])
  expect(await all(digests, 1)).toEqual([])
})
