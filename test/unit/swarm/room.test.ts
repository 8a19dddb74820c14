import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { joinRoom } from '../../../src/swarm/room.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'

const { room: vector }: { room: { root: string; infoHash: string } } = JSON.parse(
  readFileSync(new URL('../../vectors/wire.json', import.meta.url), 'utf8'),
)

/** Stands in for the connection to a tracker. */
class TrackerSocket {
  static readonly OPEN = 1
  static readonly all: TrackerSocket[] = []
  readyState = 1
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  readonly received: Record<string, unknown>[] = []

  constructor(readonly url: string) {
    TrackerSocket.all.push(this)
    setImmediate(() => this.onopen?.())
  }

  send(text: string): void {
    this.received.push(JSON.parse(text))
  }

  close(): void {}
}

/** A viewer in a room that has enough neighbours, and so makes no offers. */
async function alone(wanted = 0) {
  vi.stubGlobal('WebSocket', TrackerSocket)
  onTestFinished(() => void vi.unstubAllGlobals())
  const url = `wss://tracker.example/${TrackerSocket.all.length}`
  const room = joinRoom({
    root: vector.root,
    trackers: [url],
    iceServers: [],
    wanted: () => wanted,
    counted: () => {},
    shared: new SharedConnections(),
    admits: () => true,
    isNeighbour: () => false,
    onPeer: () => {},
    onPeerGone: () => {},
    onOffence: () => {},
    isRelayed: false,
    mostConnections: 28,
  })
  onTestFinished(() => room.leave())
  const socket = await vi.waitUntil(() => TrackerSocket.all.find(each => each.url === url))
  await vi.waitUntil(() => socket.received.length > 0)
  return { room, socket }
}

test('a viewer announces itself under the hash that its vector says', async () => {
  const { socket } = await alone()
  expect(socket.received).toEqual([
    {
      action: 'announce',
      info_hash: vector.infoHash,
      peer_id: expect.stringMatching(/^[0-9A-Za-z]{20}$/),
      numwant: 0,
      offers: [],
    },
  ])
})

test('a viewer who leaves says so to the tracker', async () => {
  const { room, socket } = await alone()
  await room.leave()
  await vi.waitFor(() =>
    expect(socket.received.at(-1)).toMatchObject({ info_hash: vector.infoHash, event: 'stopped' }),
  )
})

test('what a tracker says that is no message of the protocol is ignored', async () => {
  const { socket } = await alone()
  const before = socket.received.length
  for (const data of ['', 'null', '7', '[]', '{', '{"info_hash":7}', '{"info_hash":"other"}'])
    socket.onmessage?.({ data })
  for (const fields of [
    {},
    { peer_id: 7, offer_id: 'x', offer: { sdp: 'x' } },
    { peer_id: 'x'.repeat(20), offer_id: 'x', offer: { sdp: 7 } },
    { peer_id: 'x'.repeat(20), offer_id: 'unknown', answer: { sdp: 'x' } },
    { peer_id: 'x'.repeat(20), offer_id: 'x', offer: null, answer: null },
    { interval: 'soon' },
    { interval: Number.MAX_VALUE },
    { interval: -5 },
  ])
    socket.onmessage?.({ data: JSON.stringify({ info_hash: vector.infoHash, ...fields }) })
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(socket.received).toHaveLength(before)
})
