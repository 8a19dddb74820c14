/**
 * A peer of another make: written from docs/protocol.md, and from nothing else of this project. It runs in a page that has
 * nothing of Swarmtag, joins a swarm, and lets an attack do with its connections what it likes.
 */

/** A neighbour, as an attack has it: what it is told, and what it may say. */
export interface Victim {
  readonly connection: RTCPeerConnection
  readonly channel: RTCDataChannel
  /** Chunks that were asked for and not cancelled or given, in order. */
  readonly wanted: number[]
  /** Called with what was asked for. */
  onWant: (indices: number[]) => void
  onCancel: (indices: number[]) => void
  say(message: Uint8Array<ArrayBuffer>): void
  have(runs: [number, number][]): void
  lost(runs: [number, number][]): void
  busy(indices: number[], retryMs: number): void
  /** A whole chunk of the film, as it is, or a part of it. */
  give(index: number, from?: number, to?: number): void
}

export interface Joining {
  root: string
  tracker: string
  /** Where the film is, of which it gives true chunks. */
  film: string
  /** @default drawn at random */
  id?: string
  /** What hello says that it takes. */
  wants: number
  /** What it does with a neighbour that has said hello. */
  attack: (victim: Victim, chunks: number) => void
}

export interface HostilePeer {
  readonly id: string
  readonly victims: Victim[]
  /** How often it was asked for a chunk, and how many whole ones it gave. */
  readonly counts: { wants: number; given: number; met: number }
  announce(): Promise<void>
  leave(): void
}

declare global {
  interface Window {
    /** Gets a film ahead of need. */
    filmAt(url: string): Promise<Uint8Array<ArrayBuffer>>
    joinSwarm(joining: Joining): Promise<HostilePeer>
    hostilePeers: HostilePeer[]
  }
}

/** Gives a page `joinSwarm`. It is sent to the page as text, so it uses nothing from here. */
export function armPage(): void {
  const CHUNK = 65_536
  const ascii = (text: string) => new TextEncoder().encode(text)
  const digest = async (name: string, text: string) =>
    new Uint8Array(await crypto.subtle.digest(name, ascii(text)))
  const hex = (bytes: Uint8Array) =>
    Array.from(bytes, each => each.toString(16).padStart(2, '0')).join('')
  const h = async (text: string) =>
    Array.from(await digest('SHA-1', text), each => each.toString(36)).join('')
  const drawn = (length: number) =>
    Array.from(crypto.getRandomValues(new Uint8Array(length)), each =>
      'abcdefghijklmnopqrstuvwxyzABCDEF'.charAt(each % 32),
    ).join('')
  const films = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  window.filmAt = url => {
    const film =
      films.get(url) ?? fetch(url).then(async got => new Uint8Array(await got.arrayBuffer()))
    films.set(url, film)
    return film
  }

  /** 4.1: what goes through the tracker is sealed. */
  async function sealer(root: string) {
    const secret = await digest('SHA-256', `${root}:swarmtag/3/${root}:viewers`)
    const name = 'AES-GCM'
    const key = await crypto.subtle.importKey('raw', secret, name, false, ['encrypt', 'decrypt'])
    return {
      seal: async (text: string) => {
        const iv = crypto.getRandomValues(new Uint8Array(16))
        const sealed = new Uint8Array(await crypto.subtle.encrypt({ name, iv }, key, ascii(text)))
        return `${iv.join(',')}$${btoa(String.fromCharCode(...sealed))}`
      },
      open: async (text: string) => {
        const [numbers = '', body = ''] = text.split('$')
        const iv = new Uint8Array(numbers.split(',').map(Number))
        const sealed = Uint8Array.from(atob(body), letter => letter.charCodeAt(0))
        return new TextDecoder().decode(await crypto.subtle.decrypt({ name, iv }, key, sealed))
      },
    }
  }

  const described = async (connection: RTCPeerConnection) => {
    await connection.setLocalDescription()
    // What a browser with much to do has found of its addresses by then has to do.
    for (let wait = 0; wait < 600 && connection.iceGatheringState !== 'complete'; wait++)
      await new Promise(resolve => setTimeout(resolve, 5))
    return connection.localDescription?.sdp ?? ''
  }

  /** 4.2: shakes hands on the room's channel; resolves when both are in the room. */
  function shakeHands(
    room: RTCDataChannel,
    own: string,
    theirs: string,
    root: string,
    token: string,
  ) {
    const secret = `${root}:swarmtag/3/${root}:viewers`
    const numbers = new Map<string, number>()
    const frame = (action: string, tag: number, body: string) => {
      const number = numbers.get(action) ?? 0
      numbers.set(action, number + 1)
      const bytes = new Uint8Array(103 + body.length)
      bytes.set([1, 0, 64])
      bytes.set(ascii(token), 3)
      bytes.set(ascii(action), 67)
      bytes.set([number >> 8, number & 255, tag, 255], 99)
      bytes.set(ascii(body), 103)
      return bytes
    }
    const send = (data: Uint8Array<ArrayBuffer>) => {
      if (room.readyState === 'open') room.send(data)
    }
    const sayVersion = () => send(frame('@_hsdata', 9, '{"version":3}'))
    return new Promise<void>(resolve => {
      let isReady = false
      let isTheirs = false
      const present = new Uint8Array([2, 1, 0, 64, ...ascii(token)])
      let isBegun = false
      const begin = () => {
        if (isBegun) return
        isBegun = true
        send(present)
        if (own < theirs)
          send(frame('@_hsdata', 9, JSON.stringify({ __trystero_pw: 'challenge', c: drawn(36) })))
      }
      room.binaryType = 'arraybuffer'
      room.addEventListener('message', async ({ data }) => {
        begin()
        const bytes = new Uint8Array(data)
        if (bytes[0] !== 1) return
        const action = new TextDecoder().decode(bytes.subarray(67, 99)).replaceAll('\0', '')
        const body = new TextDecoder().decode(bytes.subarray(103))
        if (action === '@_hsready') isTheirs = true
        if (action === '@_hsdata') {
          const said = JSON.parse(body)
          if (said.__trystero_pw === 'challenge') {
            const answer = hex(await digest('SHA-256', `${said.c}:${secret}`))
            send(frame('@_hsdata', 9, JSON.stringify({ __trystero_pw: 'response', h: answer })))
            sayVersion()
          } else if (said.__trystero_pw === 'response') sayVersion()
          else {
            isReady = true
            send(frame('@_hsready', 1, ''))
          }
        }
        if (isReady && isTheirs) resolve()
      })
      // Who offered speaks first; the other waits for that, or a second.
      const whenOpen = () => (isOffer(room) ? begin() : setTimeout(begin, 1_000))
      if (room.readyState === 'open') whenOpen()
      else room.addEventListener('open', whenOpen)
    })
  }
  const offered = new WeakSet<RTCDataChannel>()
  const isOffer = (room: RTCDataChannel) => offered.has(room)

  /** 4.4: a message of numbers. */
  const message = (type: number, octet: number, number: number, numbers: number[], bytes = 0) => {
    const view = new DataView(new ArrayBuffer(4 + 4 * numbers.length + bytes))
    view.setUint8(0, type)
    view.setUint8(1, octet)
    view.setUint16(2, number)
    for (const [at, each] of numbers.entries()) view.setUint32(4 + 4 * at, each)
    return new Uint8Array(view.buffer)
  }
  const runsOf = (indices: number[]) => {
    const runs: [number, number][] = []
    for (const index of [...indices].sort((a, b) => a - b)) {
      const last = runs.at(-1)
      if (last?.[1] === index) last[1]++
      else runs.push([index, index + 1])
    }
    return runs
  }

  window.hostilePeers = []
  window.joinSwarm = async joining => {
    const { root, tracker, wants, attack } = joining
    const film = await window.filmAt(joining.film)
    const chunks = Math.ceil(film.length / CHUNK)
    const id = joining.id ?? drawn(20)
    const { seal, open } = await sealer(root)
    const topic = `Trystero@swarmtag/3/${root}@viewers`
    const info_hash = (await h(await h(topic))).slice(0, 20)
    const token = hex(await digest('SHA-256', `Trystero:swarmtag/3/${root}:viewers`))
    const victims: Victim[] = []
    const counts = { wants: 0, given: 0, met: 0 }
    const made = new Map<string, RTCPeerConnection>()
    const all = new Set<RTCPeerConnection>()
    const met = new Set<string>()
    const socket = new WebSocket(tracker)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error(`no tracker at ${tracker}`)))
    })
    const tell = (rest: object) =>
      socket.send(JSON.stringify({ action: 'announce', info_hash, peer_id: id, ...rest }))

    /** 4.3 and 4.5: the chunks' channel, once both are in the room. */
    const meet = (connection: RTCPeerConnection) => {
      const channel = connection.createDataChannel('swarmtag', { negotiated: true, id: 100 })
      channel.binaryType = 'arraybuffer'
      const say = (bytes: Uint8Array<ArrayBuffer>) => {
        if (channel.readyState === 'open') channel.send(bytes)
      }
      const victim: Victim = {
        connection,
        channel,
        wanted: [],
        onWant: () => {},
        onCancel: () => {},
        say,
        have: runs => say(message(2, 0, runs.length, runs.flat())),
        lost: runs => say(message(3, 0, runs.length, runs.flat())),
        busy: (indices, retryMs) => {
          const runs = runsOf(indices)
          say(message(6, 0, runs.length, [retryMs, ...runs.flat()]))
        },
        give: (index, from = 0, to = CHUNK) => {
          const chunk = film.subarray(index * CHUNK, (index + 1) * CHUNK)
          const part = chunk.subarray(from, to)
          const data = message(7, 0, 0, [index, from], part.length)
          data.set(part, 12)
          say(data)
          if (from + part.length === chunk.length) counts.given++
        },
      }
      const hello = message(1, 3, wants, [CHUNK + 12, 0], 32)
      hello.set(
        Uint8Array.from(root.match(/../g) ?? [], each => Number.parseInt(each, 16)),
        12,
      )
      let isHeard = false
      channel.onopen = () => say(hello)
      channel.onmessage = ({ data }) => {
        const view = new DataView(data)
        const type = view.getUint8(0)
        if (type === 1 && !isHeard) {
          isHeard = true
          say(hello)
          victims.push(victim)
          attack(victim, chunks)
        }
        if (type !== 4 && type !== 5) return
        const indices: number[] = []
        for (let run = 0; run < view.getUint16(2); run++)
          for (let at = view.getUint32(4 + 8 * run); at < view.getUint32(8 + 8 * run); at++)
            indices.push(at)
        if (type === 4) {
          counts.wants += indices.length
          victim.wanted.push(...indices)
          victim.onWant(indices)
        } else {
          const left = victim.wanted.filter(each => !indices.includes(each))
          victim.wanted.splice(0, victim.wanted.length, ...left)
          victim.onCancel(indices)
        }
      }
      if (channel.readyState === 'open') say(hello)
    }
    const enter = async (connection: RTCPeerConnection, room: RTCDataChannel, theirs: string) => {
      await shakeHands(room, id, theirs, root, token)
      counts.met++
      met.add(theirs)
      connection.addEventListener('connectionstatechange', () => {
        if (connection.connectionState !== 'connected') met.delete(theirs)
      })
      room.addEventListener('close', () => {
        met.delete(theirs)
        connection.close()
      })
      meet(connection)
    }
    const connect = () => {
      const connection = new RTCPeerConnection()
      all.add(connection)
      return connection
    }

    socket.addEventListener('message', async ({ data }) => {
      const { peer_id, offer_id, offer, answer } = JSON.parse(data)
      if (window.hostilePeers.some(each => each.id === peer_id)) return
      if (offer && !met.has(peer_id)) {
        const connection = connect()
        connection.addEventListener('datachannel', ({ channel }) =>
          enter(connection, channel, peer_id),
        )
        await connection.setRemoteDescription({ type: 'offer', sdp: await open(offer.sdp) })
        const sdp = await seal(await described(connection))
        tell({ to_peer_id: peer_id, offer_id, answer: { type: 'answer', sdp } })
      }
      const own = made.get(offer_id)
      if (!answer || !own || own.signalingState !== 'have-local-offer') return
      theirsOf.get(own)?.(peer_id)
      await own.setRemoteDescription({ type: 'answer', sdp: await open(answer.sdp) })
    })
    const theirsOf = new WeakMap<RTCPeerConnection, (id: string) => void>()

    const peer: HostilePeer = {
      id,
      victims,
      counts,
      async announce() {
        for (const [id, unanswered] of made) {
          if (unanswered.signalingState !== 'have-local-offer') continue
          unanswered.close()
          all.delete(unanswered)
          made.delete(id)
        }
        const connection = connect()
        const room = connection.createDataChannel('data')
        offered.add(room)
        theirsOf.set(connection, theirs => void enter(connection, room, theirs))
        const offer_id = drawn(20)
        made.set(offer_id, connection)
        const sdp = await seal(await described(connection))
        tell({ numwant: 1, offers: [{ offer_id, offer: { type: 'offer', sdp } }] })
      },
      leave() {
        for (const each of all) each.close()
        socket.close()
      },
    }
    window.hostilePeers.push(peer)
    const announcing = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) clearInterval(announcing)
      else if (met.size === 0) void peer.announce()
    }, 1_000)
    await peer.announce()
    return peer
  }
}
