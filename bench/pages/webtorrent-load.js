/** Loads a file through WebTorrent's worker server. */

import WebTorrent from '/lib/webtorrent.js'
import { startClient } from '/pages/webtorrent-client.js'

const { tracker, origin } = Object.fromEntries(new URLSearchParams(location.search))
const announce = tracker ? [tracker] : []
let client
let torrent

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

async function until(condition) {
  while (!condition()) await sleep(20)
}

async function torrentOf(path) {
  return new Uint8Array(await (await fetch(`${path}.torrent`)).arrayBuffer())
}

async function add(path) {
  client = await startClient(WebTorrent)
  const urlList = origin === 'never' ? [] : [new URL(path, location.href).href]
  torrent = client.add(await torrentOf(path), { announce, urlList, deselect: true })
  await until(() => torrent.ready)
}

const peerWires = () => torrent.wires.filter(wire => wire.type === 'webrtc')

window.contender = {
  async hold(path) {
    client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } })
    const blob = await (await fetch(path)).blob()
    const file = new File([blob], path.split('/').at(-1))
    const seeded = await new Promise(resolve => client.seed(file, { announce }, resolve))
    return { infoHash: seeded.infoHash }
  },

  async meet(path, count) {
    await add(path)
    // Peers give to those that are interested.
    torrent.select(0, 0)
    await until(() => peerWires().filter(wire => !wire.peerChoking).length >= count)
    await sleep(300)
  },

  async load(path) {
    if (!torrent) await add(path)
    const [file] = torrent.files
    const before = torrent.downloaded
    const beforeOf = new Map(torrent.wires.map(wire => [wire, wire.downloaded]))
    const startedAtMs = performance.now()
    file.select()
    const reader = (await fetch(file.streamURL)).body.getReader()
    while (!(await reader.read()).done);
    const ms = performance.now() - startedAtMs
    const fromPeers = peerWires().map(wire => wire.downloaded - (beforeOf.get(wire) ?? 0))
    return {
      bytes: file.length - before,
      ms,
      fromPeers,
      wasted: torrent.received - torrent.downloaded,
    }
  },
}
