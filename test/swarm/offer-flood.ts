/** Who sends a swarm offers through its tracker, with nothing behind them. */

import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { WebSocket } from 'ws'

/** Offers are sent together this often. */
const BURST_MS = 125

export interface OfferFlood {
  root: string
  /** Its URL, as a WebSocket's. */
  tracker: string
  /** What is drawn anew for each offer, as nobody can check it before it connects: nothing, its id, or its certificate and address too. */
  drawn: 'nothing' | 'id' | 'all'
  /** @default 8 */
  perSecond?: number
  /** Names under which it is at the tracker meanwhile, which hands them offers of others: nobody answers. @default 0 */
  names?: number
}

/** Floods until it is told to stop; counts what was sent, and how much of it was answered. */
export async function flood({ root, tracker, drawn, perSecond = 8, names = 0 }: OfferFlood) {
  const room = `swarmtag/3/${root}`
  const h = (text: string) =>
    [...createHash('sha1').update(text).digest()].map(each => each.toString(36)).join('')
  const secret = createHash('sha256').update(`${root}:${room}:viewers`).digest()
  const key = await webcrypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt'])
  const seal = async (text: string) => {
    const iv = webcrypto.getRandomValues(new Uint8Array(16))
    const sealed = await webcrypto.subtle.encrypt(
      { name: 'AES-GCM', iv },
      key,
      new TextEncoder().encode(text),
    )
    return `${iv.join(',')}$${Buffer.from(sealed).toString('base64')}`
  }
  const newId = () => randomBytes(10).toString('hex')
  const [firstId, first] = [newId(), newOffer()]
  const socket = new WebSocket(tracker)
  await new Promise(resolve => socket.once('open', resolve))
  const counts = { sent: 0, answered: 0 }
  socket.on('message', data => {
    if ('answer' in JSON.parse(String(data))) counts.answered++
  })
  const info_hash = h(h(`Trystero@${room}@viewers`)).slice(0, 20)
  const sendOffer = async () => {
    const sdp = await seal(drawn === 'all' ? newOffer() : first)
    const offers = [{ offer_id: newId(), offer: { type: 'offer', sdp } }]
    const announce = {
      action: 'announce',
      info_hash,
      peer_id: drawn === 'nothing' ? firstId : newId(),
    }
    socket.send(JSON.stringify({ ...announce, numwant: 1, offers }))
    // Or the tracker would hand offers of others to so many who are not there.
    if (drawn !== 'nothing') socket.send(JSON.stringify({ ...announce, event: 'stopped' }))
    counts.sent++
  }
  for (let name = 0; name < names; name++)
    socket.send(JSON.stringify({ action: 'announce', info_hash, peer_id: newId(), numwant: 0 }))
  const startMs = performance.now()
  let due = 0
  const timer = setInterval(() => {
    const all = ((performance.now() - startMs) / 1_000) * perSecond
    for (; due < all; due++) void sendOffer()
  }, BURST_MS)
  return {
    counts,
    stop: () => {
      clearInterval(timer)
      socket.close()
    },
  }
}

/** A description as of a browser, of an address where nobody is. */
function newOffer(): string {
  const fingerprint = randomBytes(32).toString('hex').toUpperCase().match(/../g)?.join(':')
  const address = `10.${[...randomBytes(3)].map(each => Math.min(each, 254)).join('.')}`
  return [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=candidate:1 1 udp 2122260223 ${address} 50000 typ host`,
    'a=ice-ufrag:abcd',
    'a=ice-pwd:abcdefghijklmnopqrstuvwx',
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:actpass',
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n')
}
