// The live panel of one video: builds its markup once, then fills in what Swarmtag's statistics say.

import { ChunkMap } from './chunk-map.js'
import { counted, formatBytes, formatRate, wholePercent } from './format.js'
import { SOURCES } from './ledger.js'
import { RateMeter } from './rate-meter.js'
import { drawSparkline } from './sparkline.js'

const SPARKLINE_SLOTS = 120
/** Speeds below this do not fill a sparkline's height, so that idle noise stays flat. */
const SPARKLINE_FLOOR_BYTES_PER_SECOND = 200_000

/**
 * Why an element takes no part, in words.
 *
 * @type {Record<import('./swarmtag-api.js').WhyPlain, string>}
 */
const REASONS = {
  waiting: 'waiting for the worker',
  late: 'the worker came late; it joins at the next seek',
  begun: 'it began to load before the tag',
  'without-cors': 'its server does not allow CORS',
  'no-swarm': 'no manifest is known yet',
  off: 'there is no worker',
}

const MAP = `
  <div class="map-head">
    <h3>Chunks</h3>
    <p class="playing"><i class="key playhead"></i>playing</p>
    <p data-slot="held"></p>
  </div>
  <canvas role="img" aria-label="Chunk map: nothing yet"></canvas>
  <p class="fine" data-slot="swarm"></p>`

const FACTS = `
  <p class="saved"><span class="number" data-slot="saved">0</span><span class="unit">%</span></p>
  <p class="saved-label">saved: bytes the server did not send</p>
  <div class="share" role="img" aria-label="Bytes by source: nothing yet">
    <i class="peer"></i><i class="origin"></i><i class="store"></i>
  </div>
  <table>
    <caption class="hidden">Chunks and bytes by source</caption>
    <thead class="hidden"><tr><th scope="col">Source</th><th scope="col">Chunks</th><th scope="col">Bytes</th></tr></thead>
    <tbody>
      <tr><th scope="row"><i class="key peer"></i>Other viewers</th><td data-slot="count-peer"></td><td data-slot="bytes-peer"></td></tr>
      <tr><th scope="row"><i class="key origin"></i>Server</th><td data-slot="count-origin"></td><td data-slot="bytes-origin"></td></tr>
      <tr><th scope="row"><i class="key store"></i>Kept from before</th><td data-slot="count-store"></td><td data-slot="bytes-store"></td></tr>
      <tr><th scope="row"><i class="key missing"></i>Not here yet</th><td data-slot="count-missing"></td><td></td></tr>
    </tbody>
  </table>
  <dl class="speeds">
    <div class="peer"><dt>From viewers</dt><dd data-slot="rate-peers"></dd>${sparkline('peers')}</div>
    <div class="origin"><dt>From server</dt><dd data-slot="rate-origin"></dd>${sparkline('origin')}</div>
    <div class="sent"><dt>To viewers</dt><dd data-slot="rate-uploaded"></dd>${sparkline('uploaded')}</div>
  </dl>
  <p class="fine" data-slot="totals"></p>`

/** @param {string} name */
function sparkline(name) {
  return `<svg data-line="${name}" preserveAspectRatio="none" aria-hidden="true"><path class="area"/><path class="line"/></svg>`
}

export class VideoPanel {
  #video
  #ledgers
  #map
  #facts
  /** @type {string | undefined} */
  #url
  /** @type {ChunkMap | undefined} */
  #chunkMap
  #meters = { peers: new RateMeter(), origin: new RateMeter(), uploaded: new RateMeter() }

  /**
   * @param {HTMLVideoElement} video - the panel is put beside it
   * @param {import('./ledger.js').Ledgers} ledgers
   */
  constructor(video, ledgers) {
    this.#video = video
    this.#ledgers = ledgers
    this.#map = section('map', 'Chunk map', MAP)
    this.#facts = section('facts', 'Live figures', FACTS)
    video.after(this.#map, this.#facts)
  }

  /**
   * @param {number} nowMs
   * @param {import('./swarmtag-api.js').PageStats | undefined} stats
   */
  update(nowMs, stats) {
    const url = urlOf(this.#video)
    const video = stats?.videos.find(each => each.url === url)
    this.#facts.classList.toggle('waiting', !video)
    this.#map.classList.toggle('waiting', !video)
    if (!url || !video) {
      const element = stats?.elements.find(each => each.url.split('#')[0] === url)
      const why = element?.reason && REASONS[element.reason]
      this.#write(this.#map, 'held', why ? `not in a swarm: ${why}` : 'not in a swarm')
      return
    }
    if (url !== this.#url) this.#follow(url)
    this.#showMap(video)
    this.#showShares(video)
    this.#showSpeeds(nowMs, video)
  }

  /** @param {string} url */
  #follow(url) {
    this.#url = url
    this.#meters = { peers: new RateMeter(), origin: new RateMeter(), uploaded: new RateMeter() }
    const canvas = this.#map.querySelector('canvas')
    if (canvas) this.#chunkMap = new ChunkMap(canvas, this.#ledgers.of(url))
  }

  /** @param {import('./swarmtag-api.js').VideoStats} video */
  #showMap(video) {
    const ledger = this.#ledgers.of(video.url)
    if (video.complete) ledger.restAreStored(video.chunks)
    const playhead = chunkAtPlayhead(this.#video, video.chunks)
    this.#chunkMap?.show(video.chunks, playhead)
    const counts = ledger.counts()
    // Kept by an earlier visit and not played yet: only their number is known, as no event named them.
    counts.store = Math.max(counts.store, video.heldChunks - counts.peer - counts.origin)
    const missing = Math.max(0, video.chunks - video.heldChunks)
    for (const source of SOURCES) this.#write(this.#facts, `count-${source}`, `${counts[source]}`)
    this.#write(this.#facts, 'count-missing', `${missing}`)
    this.#write(this.#map, 'held', `${video.heldChunks} of ${video.chunks} here`)
    this.#write(
      this.#map,
      'swarm',
      `${formatBytes(video.sizeBytes)} in chunks of 64 KiB · swarm ${video.root.slice(0, 12)} · ${counted(video.peers, 'viewer')} connected`,
    )
    setLabel(
      this.#map.querySelector('canvas'),
      `Chunk map of ${video.chunks} chunks: ${counts.peer} from other viewers, ${counts.origin} from the server, ` +
        `${counts.store} kept from before, ${missing} not here yet` +
        (playhead === undefined ? '' : `; playing about chunk ${playhead + 1}`),
    )
  }

  /** @param {import('./swarmtag-api.js').VideoStats} video */
  #showShares({ bytes, offload }) {
    const saved = wholePercent(offload)
    this.#write(this.#facts, 'saved', `${saved}`)
    const bySource = { peer: bytes.peers, origin: bytes.origin, store: bytes.store }
    for (const source of SOURCES) {
      this.#write(this.#facts, `bytes-${source}`, formatBytes(bySource[source]))
      const part = this.#facts.querySelector(`.share .${source}`)
      if (part instanceof HTMLElement) part.style.flexGrow = `${bySource[source]}`
    }
    setLabel(
      this.#facts.querySelector('.share'),
      `Bytes by source: ${formatBytes(bytes.peers)} from other viewers, ${formatBytes(bytes.origin)} from the server, ` +
        `${formatBytes(bytes.store)} kept from before`,
    )
    const wasted = bytes.wasted > 0 ? ` · ${formatBytes(bytes.wasted)} arrived twice` : ''
    this.#write(
      this.#facts,
      'totals',
      `${formatBytes(bytes.uploaded)} sent to other viewers${wasted}`,
    )
  }

  /**
   * @param {number} nowMs
   * @param {import('./swarmtag-api.js').VideoStats} video
   */
  #showSpeeds(nowMs, { bytes }) {
    const meters = Object.entries(this.#meters)
    for (const [name, meter] of meters) {
      meter.read(nowMs, bytes[/** @type {keyof typeof bytes} */ (name)])
      this.#write(this.#facts, `rate-${name}`, formatRate(meter.bytesPerSecond))
    }
    const histories = meters.flatMap(([, meter]) => meter.history)
    const top = Math.max(SPARKLINE_FLOOR_BYTES_PER_SECOND, ...histories)
    for (const [name, meter] of meters) {
      const svg = this.#facts.querySelector(`[data-line="${name}"]`)
      if (svg instanceof SVGSVGElement) drawSparkline(svg, meter.history, top, SPARKLINE_SLOTS)
    }
  }

  /**
   * @param {Element} within
   * @param {string} slot
   * @param {string} text
   */
  #write(within, slot, text) {
    const element = within.querySelector(`[data-slot="${slot}"]`)
    if (element && element.textContent !== text) element.textContent = text
  }
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} markup
 */
function section(name, label, markup) {
  const element = document.createElement('section')
  element.className = name
  element.setAttribute('aria-label', label)
  element.innerHTML = markup
  return element
}

/**
 * @param {Element | null} element
 * @param {string} label
 */
function setLabel(element, label) {
  if (element?.getAttribute('aria-label') !== label) element?.setAttribute('aria-label', label)
}

/**
 * The address Swarmtag knows the video by. On a first visit a parser-inserted video may be without `src` for a moment.
 *
 * @param {HTMLVideoElement} video
 */
function urlOf(video) {
  const url = video.currentSrc || video.src
  return url ? url.split('#')[0] : undefined
}

/**
 * A guess that assumes a constant bitrate: the page cannot see which byte belongs to a moment of the film.
 *
 * @param {HTMLVideoElement} video
 * @param {number} chunks
 */
function chunkAtPlayhead(video, chunks) {
  if (!(video.duration > 0) || chunks === 0) return undefined
  return Math.min(chunks - 1, Math.floor((video.currentTime / video.duration) * chunks))
}
