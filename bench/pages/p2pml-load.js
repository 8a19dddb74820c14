/** Loads a file through the core of p2p-media-loader: the part that decides and transfers, without a player. */

import { Core } from 'p2p-media-loader-core'

const { tracker, origin } = Object.fromEntries(new URLSearchParams(location.search))
/** The film's bytes in segments of four seconds, as its HLS form has them. */
const SEGMENTS = 27
const SEGMENT_SECONDS = 4
/** Longer than any run: no segment is asked of the origin. */
const NEVER_MS = 3_600_000
const AGAIN_MS = 50

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
let core
let peers = 0

async function until(condition) {
  while (!condition()) await sleep(20)
}

async function make(path, settings) {
  const head = await fetch(path, { method: 'HEAD' })
  const sizeBytes = Number(head.headers.get('content-length'))
  const segmentBytes = Math.ceil(sizeBytes / SEGMENTS)
  core = new Core({
    announceTrackers: [tracker],
    rtcConfig: { iceServers: [] },
    swarmId: path,
    ...settings,
  })
  core.addEventListener('onPeerConnect', () => peers++)
  core.addEventListener('onPeerClose', () => peers--)
  core.addEventListener('onSegmentLoaded', ({ segmentUrl }) =>
    loaded.add(Number(new URL(segmentUrl).hash.slice(1))),
  )
  core.setManifestResponseUrl(new URL(`${path}.m3u8`, location.href).href)
  core.setIsLive(false)
  core.addStreamIfNoneExists({ runtimeId: 'film', type: 'main', index: '0' })
  const url = new URL(path, location.href).href
  core.updateStream(
    'film',
    Array.from({ length: SEGMENTS }, (_, index) => ({
      runtimeId: String(index),
      externalId: index,
      // The fragment is for the events, which name a segment by its URL.
      url: `${url}#${index}`,
      byteRange: {
        start: index * segmentBytes,
        end: Math.min((index + 1) * segmentBytes, sizeBytes) - 1,
      },
      startTime: index * SEGMENT_SECONDS,
      endTime: (index + 1) * SEGMENT_SECONDS,
    })),
  )
}

/** Segments that have come, from anywhere. */
const loaded = new Set()

/**
 * Takes a segment. One asked for while the core puts it away is never answered: it is asked for again,
 * as players do after longer.
 */
async function segment(index) {
  for (;;) {
    const asked = new Promise((resolve, reject) => {
      core
        .loadSegment(String(index), { onSuccess: ({ data }) => resolve(data), onError: reject })
        .catch(reject)
    })
    const lost = until(() => loaded.has(index)).then(() => sleep(AGAIN_MS))
    const data = await Promise.race([asked, lost])
    if (data) return data
    asked.catch(() => {})
    core.abortSegmentLoading(String(index))
  }
}

/** Asks for a segment as a player does that has played all before it: alone, it looks no further ahead. */
const played = index => {
  core.updatePlayback(index * SEGMENT_SECONDS, 1)
  return segment(index)
}

window.contender = {
  async hold(path) {
    await make(path, {})
    let bytes = 0
    for (let index = 0; index < SEGMENTS; index++) bytes += (await played(index)).byteLength
    return { bytes }
  },

  async meet(path, count) {
    const settings = origin === 'never' ? { httpDownloadInitialTimeoutMs: NEVER_MS } : {}
    // Without a window ahead it loads the one segment that it is asked for.
    const waiting = { p2pDownloadTimeWindow: 0, httpDownloadTimeWindow: 0, highDemandTimeWindow: 0 }
    await make(path, { ...settings, ...waiting })
    await segment(0)
    await until(() => peers >= count)
    await sleep(300)
  },

  async load(path) {
    const defaults = {
      p2pDownloadTimeWindow: 6_000,
      httpDownloadTimeWindow: 3_000,
      highDemandTimeWindow: 15,
    }
    const hasMet = core !== undefined
    if (hasMet) core.applyDynamicConfig(defaults)
    else await make(path, { isP2PDisabled: true })
    const fromPeers = {}
    core.addEventListener('onSegmentLoaded', ({ downloadSource, peerId, bytesLength }) => {
      if (downloadSource === 'p2p') fromPeers[peerId] = (fromPeers[peerId] ?? 0) + bytesLength
    })
    const startedAtMs = performance.now()
    let bytes = 0
    // The first segment is here already.
    for (let index = hasMet ? 1 : 0; index < SEGMENTS; index++)
      bytes += (await (hasMet ? segment : played)(index)).byteLength
    const ms = performance.now() - startedAtMs
    return { bytes, ms, fromPeers: Object.values(fromPeers) }
  },
}
