import { expect, onTestFinished, test, vi } from 'vitest'
import { openChannel } from '../../../src/bridge/channel.js'
import {
  type PageSays,
  readPageSays,
  readWorkerSays,
  type WorkerSays,
} from '../../../src/bridge/messages.js'
import { CHUNK_ROOM_BYTES, copyOfChunk } from '../../../src/core/format/chunk-bytes.js'
import { chunk } from '../../../src/core/units.js'

function openBoth() {
  const { port1, port2 } = new MessageChannel()
  const atWorker = vi.fn()
  const atPage = vi.fn()
  const worker = openChannel<PageSays, WorkerSays>(port1, readPageSays, atWorker)
  const page = openChannel<WorkerSays, PageSays>(port2, readWorkerSays, atPage)
  onTestFinished(() => {
    worker.close()
    page.close()
  })
  return { worker, page, atWorker, atPage, port1, port2 }
}

test('messages cross in order', async () => {
  const { worker, page, atWorker, atPage } = openBoth()
  page.send({ type: 'accept' })
  page.send({ type: 'hold', forMs: 5 })
  worker.send({ type: 'close' })
  await vi.waitFor(() => expect(atWorker).toHaveBeenCalledTimes(2))
  expect(atWorker.mock.calls).toEqual([[{ type: 'accept' }], [{ type: 'hold', forMs: 5 }]])
  await vi.waitFor(() => expect(atPage).toHaveBeenCalledWith({ type: 'close' }))
})

test('a buffer that is transferred is moved', async () => {
  const { worker, atPage } = openBoth()
  const bytes = copyOfChunk(new Uint8Array([1, 2, 3]))
  worker.send({ type: 'fetched', index: chunk(0), bytes }, [bytes.buffer])
  expect(bytes.byteLength).toBe(0)
  await vi.waitFor(() => expect(atPage).toHaveBeenCalledTimes(1))
  const came = atPage.mock.calls[0]?.[0].bytes
  expect(came).toEqual(new Uint8Array([1, 2, 3]))
  expect(came.byteOffset, 'with room for what is hashed').toBe(CHUNK_ROOM_BYTES)
})

test('what is not understood is dropped, and what comes after is handled', async () => {
  const { page, atWorker, port2 } = openBoth()
  port2.postMessage({ type: 'accept?' })
  port2.postMessage('accept')
  page.send({ type: 'accept' })
  await vi.waitFor(() => expect(atWorker).toHaveBeenCalledTimes(1))
  expect(atWorker.mock.calls).toEqual([[{ type: 'accept' }]])
})

test('after it was closed nothing is handled', async () => {
  const { worker, page, atWorker } = openBoth()
  page.send({ type: 'accept' })
  worker.close()
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(atWorker).not.toHaveBeenCalled()
})
