import { expect, test } from 'vitest'
import { ChunkSet } from '../../../../src/core/chunk-set.js'
import { Viewer } from '../../../../src/core/policy/viewer.js'
import type { ViewerAction, ViewerEvent } from '../../../../src/core/policy/viewer-messages.js'
import { chunk, run } from '../../../../src/core/units.js'

const CHUNKS = 40
const [ELEMENT, LOADER] = [0, 1]

/** An element that the origin gives all it needs, and a loader beside it that wants everything; without others. */
function bothOpen() {
  const held = new ChunkSet(CHUNKS)
  const viewer = new Viewer({ chunkCount: CHUNKS, held, hasOrigin: true, maySearch: false })
  let nowMs = 0
  /** Handles what happens, and what follows by the next plan. */
  const handle = (...events: ViewerEvent[]): ViewerAction[] => {
    const actions = events.flatMap(event => viewer.on(event, nowMs))
    nowMs += 100
    return [...actions, ...viewer.on({ type: 'due' }, nowMs)]
  }
  const opened = { run: run(0, CHUNKS), origin: undefined }
  const began = handle(
    { type: 'opened', demand: { ...opened, id: ELEMENT, isPlayed: true } },
    { type: 'needed', demand: ELEMENT, cursor: chunk(0), runs: [run(0, 4)] },
  )
  const joined = handle(
    { type: 'opened', demand: { ...opened, id: LOADER, isPlayed: false } },
    { type: 'needed', demand: LOADER, cursor: chunk(0), runs: [run(0, 32)] },
  )
  return { viewer, handle, began, joined }
}

test('what the origin gives to one response is read on for another, which is sent a hold', () => {
  const { began, joined } = bothOpen()
  expect(began).toContainEqual({ type: 'grant', demand: ELEMENT, run: run(0, CHUNKS) })
  expect(joined).toContainEqual({ type: 'read-on', demand: ELEMENT, to: 32 })
  expect(joined).toContainEqual({ type: 'hold', demand: LOADER, forMs: expect.any(Number) })
  expect(joined.filter(({ type }) => type === 'grant')).toEqual([])
})

test('what the origin gave is given to the other response once it is kept', () => {
  const { viewer, handle } = bothOpen()
  handle({ type: 'fetched', demand: ELEMENT, index: chunk(0) })
  expect(viewer.isArrivingAwaited).toBe(true)
  const kept = handle({ type: 'kept', index: chunk(0) })
  expect(kept).toContainEqual({ type: 'give', demand: LOADER, index: 0 })
  expect(viewer.isArrivingAwaited).toBe(false)
})

test('what the origin gave is not asked for again while it is checked, and is if it is not kept', () => {
  const { handle } = bothOpen()
  const left = handle(
    { type: 'fetched', demand: ELEMENT, index: chunk(0) },
    { type: 'closed', demand: ELEMENT },
  )
  expect(left).toContainEqual({ type: 'grant', demand: LOADER, run: run(1, CHUNKS) })
  const notKept = handle({ type: 'not-kept', index: chunk(0) })
  expect(notKept).toContainEqual({
    type: 'grant',
    demand: LOADER,
    run: expect.objectContaining({ from: 0 }),
  })
})
