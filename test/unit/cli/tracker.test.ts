import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import WebSocket from 'ws'
import type { Server } from '../../../src/cli/serve.js'
import { get, test } from './fixtures.js'

const SWARM = 'swarm-of-twenty-byte'
const PEERS = ['peer-one-is-20-bytes', 'peer-two-is-20-bytes'] as const

async function join(server: Server, path = '/tracker'): Promise<WebSocket> {
  const viewer = new WebSocket(`ws://localhost:${server.port}${path}`)
  viewer.on('error', () => {})
  await once(viewer, 'open')
  return viewer
}

const send = (viewer: WebSocket, message: unknown) => viewer.send(JSON.stringify(message))

async function receive(viewer: WebSocket): Promise<unknown> {
  const [data] = await once(viewer, 'message')
  return JSON.parse(String(data))
}

const announce = (peer: string, more: Record<string, unknown> = {}) => ({
  action: 'announce',
  info_hash: SWARM,
  peer_id: peer,
  numwant: 5,
  left: 1,
  event: 'started',
  offers: [],
  ...more,
})

async function announceAndReceive(viewer: WebSocket, peer: string) {
  const received = receive(viewer)
  send(viewer, announce(peer))
  return received
}

describe('the tracker', () => {
  test('hands an offer from one viewer to another, and the answer back', async ({
    startServer,
  }) => {
    const server = await startServer()
    const [one, two] = [await join(server), await join(server, '/tracker?x=1')]
    expect(await announceAndReceive(one, PEERS[0])).toMatchObject({
      action: 'announce',
      incomplete: 1,
    })
    const offered = receive(one)
    const offer = { type: 'offer', sdp: 'v=0' }
    send(two, announce(PEERS[1], { offers: [{ offer_id: 'id', offer }] }))
    expect(await offered).toMatchObject({ offer, offer_id: 'id', peer_id: PEERS[1] })
    const answered = new Promise(resolve => {
      two.on('message', data => {
        const message: unknown = JSON.parse(String(data))
        if (typeof message === 'object' && message && 'answer' in message) resolve(message)
      })
    })
    const answer = { type: 'answer', sdp: 'v=0' }
    const { offers, event, ...rest } = announce(PEERS[0])
    send(one, { ...rest, answer, offer_id: 'id', to_peer_id: PEERS[1] })
    expect(await answered).toMatchObject({ answer, offer_id: 'id', peer_id: PEERS[0] })
  })

  test('goes on while the origin is away', async ({ startServer }) => {
    const server = await startServer()
    const viewer = await join(server)
    server.origin.stop()
    expect(await announceAndReceive(viewer, PEERS[0])).toMatchObject({ incomplete: 1 })
    expect((await join(server)).readyState).toBe(WebSocket.OPEN)
    await expect(get(server, '/')).rejects.toThrow()
  })

  test('can be taken away, and comes back empty while files are served', async ({
    startServer,
  }) => {
    const server = await startServer()
    const viewer = await join(server)
    await announceAndReceive(viewer, PEERS[0])
    server.tracker.stop()
    expect(server.tracker.isRunning).toBe(false)
    await once(viewer, 'close')
    await expect(join(server)).rejects.toThrow()
    expect((await get(server, '/missing')).status).toBe(404)
    server.tracker.start()
    server.tracker.start()
    expect(await announceAndReceive(await join(server), PEERS[1])).toMatchObject({ incomplete: 1 })
  })

  test('lets the server end though viewers are connected', async ({ startServer }) => {
    const server = await startServer()
    const viewer = await join(server)
    await Promise.all([once(viewer, 'close'), server.close(), server.close()])
  })
})

describe('another path or protocol', () => {
  test.for(['/', '/trackers', '/tracker/x', '/film.mp4'])(
    '%s is no tracker',
    async (path, { startServer }) => {
      const server = await startServer()
      const viewer = new WebSocket(`ws://127.0.0.1:${server.port}${path}`)
      const [error] = await once(viewer, 'error')
      expect(String(error)).toContain('404')
    },
  )

  test('is refused', async ({ startServer }) => {
    const server = await startServer()
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /tracker HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n')
    const [data] = await once(socket, 'data')
    expect(String(data)).toMatch(/^HTTP\/1.1 4\d\d /)
    socket.destroy()
  })

  test('is answered by GET as a file that is not there', async ({ startServer }) => {
    expect((await get(await startServer(), '/tracker')).status).toBe(404)
  })
})

describe('a hostile viewer', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  test.for([
    ['an offer that is null', JSON.stringify(announce(PEERS[1], { offers: [null] }))],
    ['an offer that is a number', JSON.stringify(announce(PEERS[1], { offers: [1] }))],
    ['offers that are text', JSON.stringify(announce(PEERS[1], { offers: 'ten' }))],
    [
      'offers by the thousand',
      JSON.stringify(announce(PEERS[1], { offers: Array(1_000).fill({}) })),
    ],
    ['a deep offer', JSON.stringify(announce(PEERS[1])).replace('[]', `[{"offer":${deep}}]`)],
    ['a scrape of a number', '{"action":"scrape","info_hash":5}'],
    ['a scrape of everything', '{"action":"scrape"}'],
    ['no object', 'null'],
    ['no JSON', '{'],
    ['nothing', ''],
    ['another action', '{"action":"connect"}'],
    ['a prototype', '{"__proto__":null,"action":"__proto__"}'],
    ['too long a text', `"${'x'.repeat(2_000_000)}"`],
  ] as const)('with %s is dropped, the others stay', async ([, text], { startServer }) => {
    const server = await startServer()
    const [victim, viewer] = [await join(server), await join(server)]
    await announceAndReceive(victim, PEERS[0])
    viewer.send(text)
    await once(viewer, 'close')
    expect(await announceAndReceive(victim, PEERS[0])).toMatchObject({ action: 'announce' })
  })

  test.for([
    ['a swarm of wrong length', announce(PEERS[1], { info_hash: 'x' })],
    ['a peer of no name', announce(PEERS[1], { peer_id: null })],
    ['an unknown event', announce(PEERS[1], { event: '__proto__' })],
    ['an answer to nobody', announce(PEERS[1], { answer: {}, to_peer_id: 7 })],
    ['wide characters', announce(PEERS[1], { info_hash: '漢'.repeat(20) })],
  ] as const)('with %s does no harm', async ([, message], { startServer }) => {
    const server = await startServer()
    const [victim, viewer] = [await join(server), await join(server)]
    await announceAndReceive(victim, PEERS[0])
    send(viewer, message)
    expect(await announceAndReceive(victim, PEERS[0])).toMatchObject({ action: 'announce' })
  })
})
