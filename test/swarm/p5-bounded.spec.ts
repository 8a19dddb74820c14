/** P5: memory, storage, upload and connections are bounded, also against hostile peers. */

import { createSocket, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { CDPSession } from '@playwright/test'
import { CHUNK_BYTES } from '../../src/core/units.js'
import {
  expect,
  FILM,
  FILM_BYTES,
  FILM_SHA256,
  Site,
  settle,
  test,
  type Viewer,
} from './fixtures.js'
import { flood } from './offer-flood.js'
import { connectionsOf, watchConnections } from './webrtc.js'

/** A hostile peer may cost its victim this much memory. */
const MOST_BYTES = 2 * 1_024 ** 2
/** Neighbours, and connections on their way to one: MAX_LINKS and SPARE_CONNECTIONS in src/core. */
const MOST_CONNECTIONS = 28

declare global {
  interface Window {
    /** The page's own channels to other viewers: trystero's, and that of the chunks. */
    hostile: { connection: RTCPeerConnection; room: RTCDataChannel; chunks: RTCDataChannel }
    /** Bytes and messages that the attack sent. */
    attack: { messages: number; bytes: number }
  }
}

/** Lets a page's script reach the channels that Swarmtag opens. */
function exposeChannels(): void {
  const found = {} as Window['hostile']
  window.hostile = found
  const Real = RTCPeerConnection
  window.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('datachannel', ({ channel }) => {
        found.room = channel
      })
    }

    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, init)
      if (init?.id === 100) Object.assign(found, { connection: this, chunks: channel })
      if (label === 'data')
        channel.addEventListener('open', () => {
          found.room = channel
        })
      return channel
    }
  }
}

/** Bytes that a page holds after its garbage is gone: objects, what the browser keeps for them, and buffers. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const usage = (await session.send('Runtime.getHeapUsage')) as unknown as Record<string, number>
  return (usage.usedSize ?? 0) + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)
}

const uncaught = ({ console }: Viewer) => console.filter(line => line.startsWith('uncaught'))

/** What a hostile page does with its channels. Each runs in the page, and must not use anything from here. */
const ATTACKS: Record<string, () => Promise<void> | void> = {
  'frames of an action that every object has': () => {
    for (let count = 0; count < 100; count++) send(frame('__proto__', 1, 'x'))
  },
  'frames of actions that nobody listens to': async () => {
    for (let count = 0; count < 4_000 && (await drained()); count++)
      send(frame(`film${count}`, 1, 'x'.repeat(16_000)))
  },
  'transfers that never end': async () => {
    for (let count = 0; count < 4_000 && (await drained()); count++)
      send(frame('@_hsdata', 8, 'x'.repeat(16_000)))
  },
  'a handshake without end': async () => {
    for (let count = 0; count < 4_000 && (await drained()); count++)
      send(frame('@_hsdata', 9, '{"version":3}'))
  },
  'invalid JSON': () => {
    send(frame('@_hsdata', 9, '{'))
  },
  'frames of rooms that are none': async () => {
    for (let count = 0; count < 4_000 && (await drained()); count++)
      send(frame('@_hsdata', 9, '1', String(count).padStart(64, '0')))
  },
  'channels that nobody asked for': async () => {
    for (let count = 0; count < 200; count++)
      window.hostile.connection.createDataChannel(`x${count}`)
    window.attack.messages += 200
    await new Promise(resolve => setTimeout(resolve, 500))
  },
  'text in the place of chunks': () => {
    say('x'.repeat(200_000))
  },
  'half a message': () => {
    say(new Uint8Array([4, 0, 0, 9, 0, 0]))
  },
  'a run of giant length': () => {
    say(message(4, 1, [0, 0xffffffff]))
  },
  'more runs than there are': () => {
    say(message(4, 0xffff, [0, 1]))
  },
  'chunks that nobody asked for': async () => {
    for (let count = 0; count < 1_000 && (await drained()); count++)
      say(message(7, 0, [count % 10, 0], 65_536))
  },
  'bytes behind the end of a chunk': () => {
    say(message(7, 0, [0, 0xfffffff0], 4_096))
  },
  'ten thousand wants a second': async () => {
    for (let count = 0; count < 20_000 && (await drained()); count++) {
      say(message(4, 1, [count % 60, (count % 60) + 40]))
      // On a busy machine a pause takes much longer than it is to.
      if (count % 1_000 === 999) await new Promise(resolve => setTimeout(resolve, 8))
    }
  },
  'haves and losts without end': async () => {
    for (let count = 0; count < 20_000 && (await drained()); count++)
      say(message(2 + (count % 2), 1, [0, 60]))
  },
}

/** What the attacks are written with. */
function armPage(): void {
  window.attack = { messages: 0, bytes: 0 }
  const deliver = (channel: RTCDataChannel, data: string | Uint8Array<ArrayBuffer>) => {
    if (channel.readyState !== 'open') return
    channel.send(data as never)
    window.attack.messages++
    window.attack.bytes += data.length
  }
  const tokenOf = () => (window as unknown as { token: string }).token
  Object.assign(window, {
    send: (data: Uint8Array<ArrayBuffer>) => deliver(window.hostile.room, data),
    say: (data: string | Uint8Array<ArrayBuffer>) => deliver(window.hostile.chunks, data),
    /** Waits until the channels have let go of most; says whether they are open. */
    drained: async () => {
      const { room, chunks } = window.hostile
      for (const channel of [room, chunks])
        while (channel.readyState === 'open' && channel.bufferedAmount > 4_000_000)
          await new Promise(resolve => setTimeout(resolve, 1))
      return room.readyState === 'open' && chunks.readyState === 'open'
    },
    /** A frame of trystero's. */
    frame: (action: string, tag: number, body: string, token = tokenOf()) => {
      const text = `\x01\0@${token}${action.padEnd(32, '\0')}\0\x09${String.fromCharCode(tag)}\xff${body}`
      return Uint8Array.from(text, letter => letter.charCodeAt(0))
    },
    /** A message between viewers: type, count, numbers, bytes. */
    message: (type: number, count: number, numbers: number[], bytes = 0) => {
      const view = new DataView(new ArrayBuffer(4 + 4 * numbers.length + bytes))
      view.setUint8(0, type)
      view.setUint16(2, count)
      for (const [position, each] of numbers.entries()) view.setUint32(4 + 4 * position, each)
      return new Uint8Array(view.buffer)
    },
  })
}

declare function send(data: Uint8Array<ArrayBuffer>): void
declare function say(data: string | Uint8Array<ArrayBuffer>): void
declare function drained(): Promise<boolean>
declare function frame(
  action: string,
  tag: number,
  body: string,
  token?: string,
): Uint8Array<ArrayBuffer>
declare function message(
  type: number,
  count: number,
  numbers: number[],
  bytes?: number,
): Uint8Array<ArrayBuffer>

test('P5 whatever a hostile peer sends, it is dropped and leaves nothing behind', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  const victim = await (await arrive()).visit(url)
  await victim.plays()
  await victim.sha256()
  await victim.page.evaluate(() => document.querySelector('video')?.pause())
  const session = await victim.context.newCDPSession(victim.page)
  const mallory = await arrive()
  await mallory.page.addInitScript(exposeChannels)
  await mallory.page.addInitScript(armPage)

  // One neighbour came and went before anything is measured: what it takes to know the first stays.
  await mallory.visit(url)
  await victim.until(({ peers }) => peers === 1, 'the first neighbour is there')
  await mallory.sha256()
  const { root } = (await victim.stats()) ?? { root: '' }
  const token = await mallory.page.evaluate(async room => {
    const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(room))
    return Array.from(new Uint8Array(bytes), each => each.toString(16).padStart(2, '0')).join('')
  }, `Trystero:swarmtag/3/${root}:viewers`)
  await mallory.page.goto('about:blank')
  await victim.until(({ peers }) => peers === 0, 'the first neighbour is gone')
  const before = await heapBytes(session)

  for (const [what, attack] of Object.entries(ATTACKS)) {
    const notices = () => victim.console.filter(line => line.includes('peer-protocol')).length
    const noticed = notices()
    await mallory.visit(url)
    await mallory.plays()
    await victim.until(({ peers }) => peers === 1, `${what}: the hostile peer is a neighbour`)
    await mallory.page.evaluate(async token => {
      Object.assign(window, { token })
      while (
        window.hostile.room?.readyState !== 'open' ||
        window.hostile.chunks?.readyState !== 'open'
      )
        await new Promise(resolve => setTimeout(resolve, 10))
      // Its own half would hang up at the answers.
      window.hostile.chunks.onmessage = null
    }, token)
    await mallory.page.evaluate(`(${attack})()`)
    expect((await mallory.page.evaluate(() => window.attack)).messages, what).toBeGreaterThan(0)
    await victim.until(({ peers }) => peers === 0, `${what}: the hostile peer is dropped`)
    expect(notices(), `${what}: is called by its name`).toBe(noticed + 1)
    await mallory.page.goto('about:blank')
    expect(uncaught(victim), what).toEqual([])
    const polluted = await victim.page.evaluate(() => Object.keys(Object.prototype).length)
    expect(polluted, `${what}: no object got what it should not have`).toBe(0)
  }
  await expect.poll(async () => (await heapBytes(session)) - before).toBeLessThan(MOST_BYTES)
  expect(await victim.sha256()).toBe(FILM_SHA256)
})

interface Siege {
  root: string
  tracker: string
  count: number
  /** Streams of pictures that each offers beside a channel. */
  pictures?: number
  /** What each says of its addresses, in the place of the truth. */
  candidates?: string[]
  /** How long each waits for an answer. @default 200 */
  waitMs?: number
}

/** Many who want in: each connects, says hello as trystero has it, and stays. Runs in a page. */
async function siege({ root, tracker, count, pictures = 0, candidates, waitMs = 200 }: Siege) {
  const room = `swarmtag/3/${root}`
  const encoder = new TextEncoder()
  const digest = async (name: string, text: string) =>
    new Uint8Array(await crypto.subtle.digest(name, encoder.encode(text)))
  const topic = async (text: string) =>
    Array.from(await digest('SHA-1', text), each => each.toString(36)).join('')
  const infoHash = (await topic(await topic(`Trystero@${room}@viewers`))).slice(0, 20)
  const secret = await digest('SHA-256', `${root}:${room}:viewers`)
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const seal = async (text: string) => {
    const iv = crypto.getRandomValues(new Uint8Array(16))
    const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, encoder.encode(text))
    return `${iv.join(',')}$${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`
  }
  const unseal = async (text: string) => {
    const [iv = '', bytes = ''] = text.split('$')
    const sealed = Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))
    const name = 'AES-GCM'
    const opened = await crypto.subtle.decrypt(
      { name, iv: new Uint8Array(iv.split(',').map(Number)) },
      key,
      sealed,
    )
    return new TextDecoder().decode(opened)
  }
  const offer = async (connection: RTCPeerConnection) => {
    connection.createDataChannel('data')
    for (let each = 0; each < pictures; each++) connection.addTransceiver('video')
    await connection.setLocalDescription()
    while (connection.iceGatheringState !== 'complete')
      await new Promise(resolve => setTimeout(resolve, 5))
    const sdp = connection.localDescription?.sdp ?? ''
    const others = sdp.split('\r\n').filter(line => line && !line.startsWith('a=candidate'))
    return seal(candidates ? [...others, ...candidates, ''].join('\r\n') : sdp)
  }
  let answered = 0
  let next = 0
  /** One after the other, so that a tracker that picks at random has little to pick from. */
  const lane = async () => {
    while (next < count) {
      const id = `sybil${String(next++).padStart(15, '0')}`
      const connection = new RTCPeerConnection()
      const offers = [{ offer_id: id, offer: { type: 'offer', sdp: await offer(connection) } }]
      const socket = new WebSocket(tracker)
      await new Promise(resolve => socket.addEventListener('open', resolve))
      const waiting = new Promise<void>(resolve => {
        setTimeout(resolve, waitMs)
        socket.addEventListener('message', async ({ data }) => {
          const { answer } = JSON.parse(data)
          if (!answer) return
          answered++
          await connection.setRemoteDescription({ type: 'answer', sdp: await unseal(answer.sdp) })
          resolve()
        })
      })
      const announce = { action: 'announce', info_hash: infoHash, peer_id: id, numwant: 1, offers }
      socket.send(JSON.stringify(announce))
      await waiting
      socket.close()
    }
  }
  await Promise.all(Array.from({ length: 5 }, lane))
  return answered
}

test('P5 two hundred who want in find no more connections than the limit', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  const victim = await settle(site, await arrive())
  await watchConnections(victim)
  await victim.visit(url)
  await victim.plays()
  await victim.sha256()
  const session = await victim.context.newCDPSession(victim.page)
  const before = await heapBytes(session)
  const { root } = (await victim.stats()) ?? { root: '' }
  const crowd = await arrive()
  await crowd.page.goto(site.page('siege.html', ''))
  const tracker = `${site.server.url.replace('http', 'ws')}tracker`

  const sieging = crowd.page.evaluate(siege, { root, tracker, count: 200 })
  let most = 0
  let isOver = false
  void sieging.finally(() => {
    isOver = true
  })
  while (!isOver) {
    most = Math.max(most, (await connectionsOf(victim)).open)
    await victim.page.waitForTimeout(100)
  }
  // Many had an answer, or this test proves nothing.
  expect(await sieging).toBeGreaterThan(10)
  expect(most).toBeGreaterThan(10)
  expect(most).toBeLessThanOrEqual(MOST_CONNECTIONS)
  // None of them ever finishes the handshake.
  await expect.poll(async () => (await connectionsOf(victim)).open).toBeLessThanOrEqual(4)
  await expect.poll(async () => (await heapBytes(session)) - before).toBeLessThan(MOST_BYTES)
  expect(uncaught(victim)).toEqual([])
})

test('P5 who offers pictures and sound beside a channel is not answered', async ({
  site,
  arrive,
}) => {
  const victim = await (await settle(site, await arrive())).visit(site.watchPage())
  await victim.plays()
  const { root } = await victim.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  const crowd = await arrive()
  await crowd.page.goto(site.page('siege.html', ''))
  const tracker = `${site.server.url.replace('http', 'ws')}tracker`
  expect(await crowd.page.evaluate(siege, { root, tracker, count: 10, pictures: 3 })).toBe(0)
  // Those without are, or this proves nothing.
  expect(await crowd.page.evaluate(siege, { root, tracker, count: 10 })).toBeGreaterThan(0)
  expect(uncaught(victim)).toEqual([])
})

/** Ports of this machine that write down whether anything came. */
async function thirdParties(count: number) {
  const heard = new Set<number>()
  const opening = Array.from({ length: count }, async (_, index) => {
    const socket = createSocket('udp4')
    socket.on('message', () => heard.add(index))
    await new Promise<void>(resolve => socket.bind(0, resolve))
    return socket
  })
  const sockets: Socket[] = await Promise.all(opening)
  return { heard, sockets, ports: sockets.map(each => each.address().port) }
}

test('P5 an offer that names addresses by the hundred has packets sent to a handful', async ({
  site,
  arrive,
}) => {
  const own = Object.values(networkInterfaces()).flat()
  const address = own.find(each => each?.family === 'IPv4' && !each.internal)?.address
  if (!address) throw new Error('this machine has no network')
  const victim = await (await settle(site, await arrive())).visit(site.watchPage())
  await victim.plays()
  const { root } = await victim.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  const crowd = await arrive()
  await crowd.page.goto(site.page('siege.html', ''))
  const tracker = `${site.server.url.replace('http', 'ws')}tracker`
  const { heard, sockets, ports } = await thirdParties(120)
  const candidates = ports.map(
    (port, index) => `a=candidate:${index} 1 udp 2122260223 ${address} ${port} typ host`,
  )
  expect(
    await crowd.page.evaluate(siege, { root, tracker, count: 1, candidates, waitMs: 10_000 }),
  ).toBe(1)
  await expect.poll(() => heard.size).toBeGreaterThan(0)
  // A browser begins with a new pair of addresses every 50 ms.
  await victim.page.waitForTimeout(3_000)
  expect(heard.size).toBeLessThanOrEqual(4)
  for (const each of sockets) each.close()
})

for (const drawn of ['id', 'all'] as const)
  test(`P5 who comes while offers with nothing behind them flood a viewer, ${drawn === 'all' ? 'each of another' : 'all of one'} source, finds that viewer`, async ({
    site,
    arrive,
  }) => {
    const giver = await settle(site, await arrive())
    await watchConnections(giver)
    await giver.visit(site.watchPage())
    await giver.holdsAll()
    const { root } = await giver.until(({ complete }) => complete, 'all is held')
    const tracker = `${site.server.url.replace('http', 'ws')}tracker`
    const attack = await flood({ root, tracker, drawn })
    // By then each place is taken, and what offers may have tried is used up.
    await expect.poll(() => attack.counts.sent).toBeGreaterThan(100)
    expect((await connectionsOf(giver)).made).toBeGreaterThan(20)
    // Slower than it takes to meet.
    site.server.line.bytesPerSecond = 100_000
    const taker = await (await settle(site, await arrive())).visit(site.watchPage())
    const met = await taker.until(({ bytes }) => bytes.peers > 0, 'the giver gives', FILM, 30_000)
    attack.stop()
    expect(met.peers).toBe(1)
    expect(uncaught(giver)).toEqual([])
  })

test('P5 who offers again after an offer that led to nothing is answered again', async ({
  site,
  arrive,
}) => {
  const victim = await (await settle(site, await arrive())).visit(site.watchPage())
  await victim.plays()
  const { root } = await victim.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  const tracker = `${site.server.url.replace('http', 'ws')}tracker`
  const offers = await flood({ root, tracker, drawn: 'nothing' })
  await expect.poll(() => offers.counts.answered).toBeGreaterThan(2)
  offers.stop()
})

/** Has a page draw its peer id as every other page does that this is done to; tells which it drew. */
async function drawSameId({ page }: Viewer): Promise<() => string> {
  await page.addInitScript(() => {
    const draw = Math.random
    let drawn = 0
    Math.random = () => (drawn++ < 20 ? 0.5 : draw())
  })
  let id = ''
  page.on('websocket', socket => {
    socket.on('framesent', ({ payload }) => {
      id = JSON.parse(String(payload)).peer_id
    })
  })
  return () => id
}

test('P5 who is connected under the id of another does not keep that one out', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  // A tracker keeps to who was first under an id: the two announce themselves at one each.
  const elsewhere = await new Site().open()
  try {
    const second = `${elsewhere.server.url}tracker`
    const giver = await arriveHolding(
      site.watchPage('giver.html', `data-tracker="/tracker ${second}"`),
    )
    // Slower than it takes to meet.
    site.server.line.bytesPerSecond = 3_000_000
    const impostor = await settle(site, await arrive())
    const claimed = await drawSameId(impostor)
    await impostor.visit(site.watchPage())
    await giver.until(({ peers }) => peers === 1, 'the impostor is a neighbour')
    const honest = await settle(site, await arrive())
    const own = await drawSameId(honest)
    await honest.visit(site.watchPage('honest.html', `data-tracker="${second}"`))
    await honest.until(({ bytes }) => bytes.peers > 0, 'the giver gives')
    expect(own()).toBe(claimed())
    expect((await giver.stats())?.peers).toBe(2)
  } finally {
    await elsewhere.close()
  }
})

test('P5 names that every object has are no viewers, and nonsense from a tracker is ignored', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  await watchConnections(viewer)
  await viewer.page.addInitScript(() => {
    const Real = WebSocket
    window.WebSocket = class extends Real {
      constructor(url: string | URL) {
        super(url)
        Object.assign(window, { tracker: this })
        this.addEventListener('message', ({ data }) => Object.assign(window, JSON.parse(data)))
      }
    }
  })
  await viewer.visit(site.watchPage())
  await viewer.plays()
  const heard = await viewer.page.waitForFunction(() => 'info_hash' in window && window.info_hash)
  const info_hash = await heard.jsonValue()
  // A viewer that is alone withdraws its own offers.
  await expect.poll(async () => (await connectionsOf(viewer)).open).toBe(0)
  await viewer.page.evaluate(info_hash => {
    const { tracker } = window as unknown as { tracker: WebSocket }
    const tell = (message: object) =>
      tracker.dispatchEvent(
        new MessageEvent('message', { data: JSON.stringify({ info_hash, ...message }) }),
      )
    const offer = { type: 'offer', sdp: 'x$x' }
    for (const peer_id of ['__proto__', 'constructor', 'propertyIsEnumerable', 'x', ' '.repeat(20)])
      tell({ peer_id, offer_id: 'x', offer })
    tell({ peer_id: 'a'.repeat(20), offer_id: 'x', offer: { type: 'offer', sdp: 'x'.repeat(1e6) } })
    tell({ peer_id: 'b'.repeat(20), offer_id: '__proto__', answer: offer })
    tell({ peer_id: 'c'.repeat(20), offer_id: 'x', offer })
  }, info_hash)
  await viewer.page.waitForTimeout(300)
  // An offer that is answered, or only looked at, costs a connection.
  expect((await connectionsOf(viewer)).open).toBe(0)
  const polluted = await viewer.page.evaluate(() => [
    ...Object.keys(Object.prototype),
    ...Object.keys(Object.prototype.propertyIsEnumerable),
  ])
  expect(polluted).toEqual([])
  expect(uncaught(viewer)).toEqual([])
})

test('P5 upload keeps to its rate', async ({ site, arrive, arriveHolding }) => {
  const rate = 500_000
  const giver = await arriveHolding(
    site.watchPage('giver.html', `data-tracker="/tracker" data-upload-rate="${rate}"`),
  )
  // Slower than it takes to meet.
  site.server.line.bytesPerSecond = 3_000_000
  const taker = await (await settle(site, await arrive())).visit(site.watchPage())
  await taker.plays()
  await taker.until(({ bytes }) => bytes.peers > 0, 'something comes from the giver')
  const uploaded = async () => (await giver.stats())?.bytes.uploaded ?? 0
  const [from, fromMs] = [await uploaded(), Date.now()]
  await giver.until(({ bytes }) => bytes.uploaded > from + 3 * rate, 'more is given')
  const [to, toMs] = [await uploaded(), Date.now()]
  expect((to - from) / ((toMs - fromMs) / 1_000)).toBeLessThan(1.3 * rate)
  expect(await taker.sha256()).toBe(FILM_SHA256)
})

test('P5 upload ends with the session and with the month, and the film plays on from the origin', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const most = 40 * CHUNK_BYTES
  const limits = `data-tracker="/tracker" data-upload-session-bytes="${most}"`
  const giver = await arriveHolding(site.watchPage('giver.html', limits))
  // Slower than it takes to meet.
  site.server.line.bytesPerSecond = 3_000_000
  const taker = await (await settle(site, await arrive())).visit(site.watchPage())
  await taker.plays()
  await taker.until(({ bytes }) => bytes.peers > 0, 'something comes from the giver')
  expect(await taker.sha256()).toBe(FILM_SHA256)
  const upload = () => giver.page.evaluate(() => window.swarmtag?.stats().upload)
  /** The film's last chunk is a short one: who was asked for it may have less than a chunk left. */
  const expectOver = async (mostBytes: number) => {
    await expect.poll(upload).toMatchObject({ isOver: true })
    const { sessionBytes = 0, monthBytes = 0 } = (await upload()) ?? {}
    expect(monthBytes).toBeGreaterThan(mostBytes - CHUNK_BYTES)
    expect(monthBytes).toBeLessThanOrEqual(mostBytes)
    return { sessionBytes, monthBytes }
  }
  const before = await expectOver(most)
  expect(before.sessionBytes).toBe(before.monthBytes)
  expect((await taker.stats())?.bytes.peers).toBeLessThanOrEqual(most)
  expect(site.bytesOf(FILM)).toBeGreaterThan(FILM_BYTES.length + FILM_BYTES.length - 2 * most)

  // The month goes on in the next visit.
  const inMonth = most + 10 * CHUNK_BYTES
  const month = `data-tracker="/tracker" data-upload-month-bytes="${inMonth}"`
  await giver.visit(site.watchPage('again.html', month))
  await giver.plays()
  const next = await (await settle(site, await arrive())).visit(site.watchPage())
  await next.plays()
  await next.until(({ complete }) => complete, 'the next viewer has the whole film')
  const after = await expectOver(inMonth)
  expect(after.sessionBytes).toBe(after.monthBytes - before.monthBytes)
})

test('P5 the store holds no more than it may', async ({ site, arrive }) => {
  const most = 48 * CHUNK_BYTES
  const url = site.watchPage('small.html', `data-store-bytes="${most}"`)
  const viewer = await (await settle(site, await arrive())).visit(url)
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  const storedBytes = () =>
    viewer.page.evaluate(async () => {
      const opening = indexedDB.open('swarmtag')
      await new Promise(resolve => opening.addEventListener('success', resolve))
      const { result: database } = opening
      const reading = database.transaction('chunks').objectStore('chunks').getAll()
      await new Promise(resolve => reading.addEventListener('success', resolve))
      database.close()
      return reading.result.reduce((sum, { bytes }) => sum + bytes.size, 0)
    })
  await expect.poll(storedBytes).toBeGreaterThan(0)
  await viewer.page.waitForTimeout(300)
  expect(await storedBytes()).toBeLessThanOrEqual(most)
})
