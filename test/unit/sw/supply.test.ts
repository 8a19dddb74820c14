import 'fake-indexeddb/auto'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { WorkerSays } from '../../../src/bridge/messages.js'
import { run } from '../../../src/core/units.js'
import { ChunkArchive } from '../../../src/store/chunk-archive.js'
import { Supply } from '../../../src/sw/supply.js'
import { publish } from '../store/resources.js'
import { serving, startOrigin } from './origin-server.js'

const CHUNK = 65_536
const CHUNKS = 40
const { manifest, bytesOf } = await publish(CHUNKS * CHUNK)
const file = new Uint8Array(Buffer.concat(Array.from({ length: CHUNKS }, (_, at) => bytesOf(at))))

/** The supply of a whole film that is not confirmed public yet, and what came of it. */
async function supplyUnconfirmed() {
  const origin = await startOrigin(serving(file))
  const arrived: number[] = []
  const sent: WorkerSays[] = []
  const left: number[] = []
  const confirmedPublic = vi.fn()
  const supply = new Supply({
    manifest,
    store: new ChunkArchive(`supply ${crypto.randomUUID()}`),
    run: run(0, CHUNKS),
    isPublic: false,
    mayAskOrigin: true,
    request: origin.request,
    untilWanted: async () => {},
    openPage: async () => ({ send: message => void sent.push(message), close() {} }),
    notice: () => {},
    leave: chunks => void left.push(...chunks.map(({ index }) => index)),
    events: {
      arrived: ({ index }) => void arrived.push(index),
      confirmedPublic,
      dropped: () => {},
      unverifiable: () => {},
      failed: () => {},
    },
  })
  onTestFinished(() => supply.close())
  return { supply, ranges: origin.ranges, arrived, sent, left, confirmedPublic }
}

/** An answer to the viewer's own request for the first 512 KiB, which comes when it is let. */
function ownAnswer() {
  let letCome = () => {}
  const body = new ReadableStream({
    start: controller => {
      letCome = () => {
        controller.enqueue(file.slice(0, 8 * CHUNK))
        controller.close()
      }
    },
  })
  const headers = { 'content-range': `bytes 0-${8 * CHUNK - 1}/${file.length}` }
  return { response: new Response(body, { status: 206, headers }), letCome: () => letCome() }
}

test("what confirms a film public is requested beyond the viewer's own request, however slowly that one comes", async () => {
  const { supply, ranges, arrived, sent, confirmedPublic } = await supplyUnconfirmed()
  const own = ownAnswer()
  supply.goOnWith(own.response, new AbortController(), run(0, 8))
  await supply.need(run(0, 1).from, [run(0, 4)])
  expect(ranges).toEqual([])
  own.letCome()
  await vi.waitFor(() => expect(confirmedPublic).toHaveBeenCalled())
  // No further than it takes the page to decide.
  expect(ranges).toEqual([`bytes=${8 * CHUNK}-${12 * CHUNK - 1}`])
  // They are checked side by side, and put into order by the stream.
  await vi.waitFor(() => expect(arrived.toSorted()).toEqual([0, 1, 2, 3]))
  // The page is sent what came before, once it may be.
  await vi.waitFor(() => expect(sent.filter(each => each.type === 'fetched')).toHaveLength(4))
})

test('without a request of the viewer, the first one confirms the film public', async () => {
  const { supply, ranges, confirmedPublic } = await supplyUnconfirmed()
  await supply.need(run(0, 1).from, [run(0, 4)])
  await vi.waitFor(() => expect(confirmedPublic).toHaveBeenCalled())
  expect(ranges).toEqual([`bytes=0-${4 * CHUNK - 1}`])
})

test('the page is sent that the origin has ended once it was sent all that came', async () => {
  const { supply, sent } = await supplyUnconfirmed()
  await supply.need(run(0, 1).from, [run(0, 4)])
  await vi.waitFor(() => expect(sent.at(-1)).toEqual({ type: 'origin-ended' }))
  expect(sent.filter(each => each.type === 'fetched')).toHaveLength(4)
})

test('what the page was not sent, as nothing confirmed the film public, is left for the next response', async () => {
  const { supply, arrived, sent, left } = await supplyUnconfirmed()
  const own = ownAnswer()
  supply.goOnWith(own.response, new AbortController(), run(0, 2))
  await supply.need(run(0, 1).from, [run(0, 1), run(1, 2)])
  own.letCome()
  await vi.waitFor(() => expect(arrived).toHaveLength(2))
  const kept = supply.keep(run(9, 10).from, file.slice(9 * CHUNK, 10 * CHUNK))
  supply.close()
  await kept
  expect(left.toSorted()).toEqual([0, 1, 9])
  expect(sent).toEqual([])
})

test('what the page was sent is not left', async () => {
  const { supply, sent, left } = await supplyUnconfirmed()
  await supply.need(run(0, 1).from, [run(0, 4)])
  await vi.waitFor(() => expect(sent.at(-1)).toEqual({ type: 'origin-ended' }))
  supply.close()
  expect(left).toEqual([])
})
