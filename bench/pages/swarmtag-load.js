/** Loads a file through Swarmtag's worker, as a player's own loader would. */

const CHUNK_BYTES = 65_536
/** The product looks for peers once a loader has had this much. */
const JOIN_BYTES = 16 * CHUNK_BYTES
const QUIET_MS = 300
/** The product leaves a film's swarm a minute after a loader's last read. */
const STAY_MS = 20_000

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
/** Before a page's first video, and where nobody is to be met, there may be no figures. */
const NOTHING = { heldChunks: 0, bytes: { origin: 0, wasted: 0 } }

const videoOf = path => window.swarmtag.stats().videos.find(({ url }) => url.endsWith(path))

async function until(condition) {
  while (!condition()) await sleep(20)
}

/** Reads a body to its end without keeping it. */
async function drain(response) {
  const reader = response.body.getReader()
  let bytes = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return bytes
    bytes += value.length
  }
}

window.contender = {
  /**
   * Becomes a peer that holds the whole file, and stays one. What came faster than it could be stored is missed, and
   * fetched again, when it is read again.
   */
  async hold(path) {
    await window.swarmtag.ready
    let before
    do {
      before = videoOf(path)?.bytes.origin ?? -1
      await drain(await fetch(path))
      await sleep(QUIET_MS)
    } while (!videoOf(path)?.complete || videoOf(path).bytes.origin > before)
    setInterval(() => fetch(path, { headers: { range: 'bytes=0-0' } }).then(drain), STAY_MS)
    return videoOf(path)
  },

  /** Meets this many peers and loads no more than it takes to meet them. */
  async meet(path, count) {
    await window.swarmtag.ready
    await drain(await fetch(path, { headers: { range: `bytes=0-${JOIN_BYTES - 1}` } }))
    await until(() => videoOf(path).peers >= count)
    let held = -1
    while (videoOf(path).heldChunks > held) {
      held = videoOf(path).heldChunks
      await sleep(QUIET_MS)
    }
  },

  /** Loads the whole file; what is here already is not counted. */
  async load(path) {
    const fromPeers = {}
    const count = ({ detail: { source, peer, bytes } }) => {
      if (source === 'peer') fromPeers[peer] = (fromPeers[peer] ?? 0) + bytes
    }
    const before = videoOf(path) ?? NOTHING
    window.swarmtag.addEventListener('chunk', count)
    const startedAtMs = performance.now()
    const allBytes = await drain(await fetch(path))
    const ms = performance.now() - startedAtMs
    window.swarmtag.removeEventListener('chunk', count)
    const { bytes } = videoOf(path) ?? NOTHING
    return {
      bytes: allBytes - before.heldChunks * CHUNK_BYTES,
      ms,
      fromPeers: Object.values(fromPeers),
      wasted: bytes.wasted - before.bytes.wasted,
    }
  },
}
