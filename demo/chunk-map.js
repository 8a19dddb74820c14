// Draws one cell a chunk on a canvas: colour and shape show where the chunk came from, a frame shows the playhead.

import { SOURCES } from './ledger.js'

const LARGEST_PITCH_PX = 20
const SMALLEST_PITCH_PX = 4
const TALLEST_MAP_PX = 140
const FLASH_MS = 700

/** @typedef {'arrived' | 'sent'} Flash */

export class ChunkMap {
  #canvas
  #ledger
  #chunks = 0
  /** @type {number | undefined} */
  #playhead
  /** @type {Map<number, { what: Flash, atMs: number }>} */
  #flashes = new Map()
  #frame = 0
  #calm = matchMedia('(prefers-reduced-motion: reduce)')
  #dark = matchMedia('(prefers-color-scheme: dark)')

  /**
   * @param {HTMLCanvasElement} canvas - as wide as the layout makes it; its height is set here
   * @param {import('./ledger.js').VideoLedger} ledger
   */
  constructor(canvas, ledger) {
    this.#canvas = canvas
    this.#ledger = ledger
    new ResizeObserver(() => this.#redraw()).observe(canvas)
    this.#dark.addEventListener('change', () => this.#redraw())
    ledger.onChange = (index, what) => this.#flash(index, what)
  }

  /**
   * @param {number} chunks - how many cells
   * @param {number | undefined} playhead - the chunk being played
   */
  show(chunks, playhead) {
    if (chunks === this.#chunks && playhead === this.#playhead) return
    this.#chunks = chunks
    this.#playhead = playhead
    this.#redraw()
  }

  /**
   * @param {number} index
   * @param {Flash} what
   */
  #flash(index, what) {
    if (!this.#calm.matches) this.#flashes.set(index, { what, atMs: performance.now() })
    this.#redraw()
  }

  #redraw() {
    this.#frame ||= requestAnimationFrame(nowMs => {
      this.#frame = 0
      this.#draw(nowMs)
      if (this.#flashes.size > 0) this.#redraw()
    })
  }

  /** @param {number} nowMs */
  #draw(nowMs) {
    const context = this.#canvas.getContext('2d')
    const widthPx = this.#canvas.clientWidth
    if (!context || widthPx === 0) return
    const { columns, pitchPx, heightPx } = layOut(Math.max(this.#chunks, 1), widthPx)
    this.#fit(widthPx, heightPx)
    const scale = this.#canvas.width / widthPx
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, widthPx, heightPx)
    const colours = readColours(this.#canvas)
    const gapPx = pitchPx >= 9 ? 3 : 1
    const sizePx = pitchPx - gapPx
    for (let index = 0; index < this.#chunks; index += 1) {
      const x = (index % columns) * pitchPx + gapPx / 2
      const y = Math.floor(index / columns) * pitchPx + gapPx / 2
      drawCell(context, { x, y, sizePx, source: this.#ledger.sourceOf(index), colours })
      this.#drawFlash(context, { index, x, y, sizePx, nowMs, colours })
      if (index === this.#playhead) drawFrame(context, { x, y, sizePx, colour: colours.ink })
    }
  }

  /**
   * @param {number} widthPx
   * @param {number} heightPx
   */
  #fit(widthPx, heightPx) {
    const density = devicePixelRatio || 1
    const width = Math.round(widthPx * density)
    const height = Math.round(heightPx * density)
    if (this.#canvas.width === width && this.#canvas.height === height) return
    this.#canvas.width = width
    this.#canvas.height = height
    this.#canvas.style.height = `${heightPx}px`
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ index: number, x: number, y: number, sizePx: number, nowMs: number, colours: Colours }} cell
   */
  #drawFlash(context, { index, x, y, sizePx, nowMs, colours }) {
    const flash = this.#flashes.get(index)
    if (!flash) return
    const age = Math.max(0, nowMs - flash.atMs) / FLASH_MS
    if (age >= 1) {
      this.#flashes.delete(index)
      return
    }
    context.globalAlpha = (1 - age) ** 2
    if (flash.what === 'arrived') {
      context.fillStyle = colours.glow
      fillBox(context, x, y, sizePx)
    } else {
      // A chunk that leaves for another viewer: a ring that grows out of the cell.
      const growPx = 0.25 + age * 5
      drawFrame(context, { x, y, sizePx, colour: colours.peer, growPx })
    }
    context.globalAlpha = 1
  }
}

/**
 * Cells as large as the height allows, in columns that fill the width exactly.
 *
 * @param {number} cells
 * @param {number} widthPx
 */
function layOut(cells, widthPx) {
  for (let wishPx = LARGEST_PITCH_PX; ; wishPx -= 1) {
    const columns = Math.max(1, Math.floor(widthPx / wishPx))
    const pitchPx = widthPx / columns
    const heightPx = Math.ceil(Math.ceil(cells / columns) * pitchPx)
    if (heightPx <= TALLEST_MAP_PX || wishPx === SMALLEST_PITCH_PX) {
      return { columns, pitchPx, heightPx }
    }
  }
}

/** @typedef {Record<import('./ledger.js').Source | 'missing' | 'ink' | 'glow' | 'paper', string>} Colours */

/**
 * @param {Element} element
 * @returns {Colours}
 */
function readColours(element) {
  const style = getComputedStyle(element)
  const names = [...SOURCES, 'missing', 'ink', 'glow', 'paper']
  return /** @type {Colours} */ (
    Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]))
  )
}

/**
 * The shape says what the colour says: full from viewers, hollow from the server, dotted from the store.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number, sizePx: number, source: import('./ledger.js').Source | undefined, colours: Colours }} cell
 */
function drawCell(context, { x, y, sizePx, source, colours }) {
  context.fillStyle = colours[source ?? 'missing']
  fillBox(context, x, y, sizePx)
  if (source === undefined || source === 'peer' || sizePx < 6) return
  context.fillStyle = colours.paper
  if (source === 'origin') {
    const rimPx = Math.max(1.5, sizePx * 0.2)
    fillBox(context, x + rimPx, y + rimPx, sizePx - 2 * rimPx)
  } else {
    context.beginPath()
    context.arc(x + sizePx / 2, y + sizePx / 2, sizePx * 0.17, 0, 2 * Math.PI)
    context.fill()
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} sizePx
 */
function fillBox(context, x, y, sizePx) {
  context.beginPath()
  context.roundRect(x, y, sizePx, sizePx, Math.min(3, sizePx / 4))
  context.fill()
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number, sizePx: number, colour: string, growPx?: number }} frame
 */
function drawFrame(context, { x, y, sizePx, colour, growPx = 0.25 }) {
  context.strokeStyle = colour
  context.lineWidth = 2.5
  context.beginPath()
  context.roundRect(x - growPx, y - growPx, sizePx + 2 * growPx, sizePx + 2 * growPx, 4)
  context.stroke()
}
