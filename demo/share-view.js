// Shows one share: how far it is read, its link, and who takes it.

import { formatBytes, formatRate, wholePercent } from './format.js'

/** @type {Record<string, string>} */
const ENDS = {
  stopped: 'Stopped. Nobody gets anything of it any more.',
  changed: 'Ended: the file was changed on your disk. Pick it again to send it as it is now.',
  unreadable: 'Ended: the file was changed, moved or deleted on your disk, or cannot be read.',
  failed: 'The file could not be shared.',
}

/** @type {Record<string, string>} */
const HINDRANCES = {
  unasked: 'Waiting for your consent to connect to others.',
  refused: 'Not connected: you did not agree to it.',
  'privacy-control': 'Not connected: your browser asks for privacy, until you agree here.',
  'save-data': 'Not connected: your browser saves data.',
}

export class ShareView {
  #begunMs = 0

  /** @param {File} file */
  begin(file) {
    this.#begunMs = performance.now()
    show('problem', false)
    show('share', true)
    show('reading', true)
    show('link-row', false)
    show('figures', false)
    show('stop', true)
    text('share-name', file.name)
    text('share-size', formatBytes(file.size))
    text('state', 'Reading the file…')
    progress(0)
  }

  /** @param {import('./swarmtag-api.js').Share} share */
  show(share) {
    const update = () => this.#update(share)
    share.addEventListener('change', update)
    update()
  }

  /**
   * @param {import('./swarmtag-api.js').Share | undefined} share
   * @param {unknown} error
   */
  fail(share, error) {
    if (share?.why === 'stopped') return
    text('problem', error instanceof Error ? error.message : String(error))
    show('problem', true)
    if (!share) show('share', false)
  }

  /** @param {import('./swarmtag-api.js').Share} share */
  #update(share) {
    const { state, progress: read, sizeBytes, link, viewers, givenBytes } = share
    const isRead = link !== undefined
    const seconds = (performance.now() - this.#begunMs) / 1000
    const rate = seconds > 0.5 ? ` · ${formatRate((read * sizeBytes) / seconds)}` : ''
    text('reading-text', `Reading the file, ${wholePercent(read)} %${rate}`)
    progress(read)
    show('reading', state === 'hashing')
    show('link-row', state === 'sharing')
    show('figures', isRead)
    show('stop', state !== 'ended')
    const field = document.getElementById('link')
    if (field instanceof HTMLInputElement && field.value !== link) field.value = link ?? ''
    text('viewers', String(viewers))
    text('given', formatBytes(givenBytes))
    text('state', stateLine(share))
    const card = document.getElementById('share')
    if (card)
      card.dataset.state = state === 'sharing' ? 'active' : state === 'ended' ? 'off' : 'starting'
  }
}

/** @param {import('./swarmtag-api.js').Share} share */
function stateLine({ state, why, sharing, viewers }) {
  if (state === 'ended') return ENDS[why ?? 'failed'] ?? ''
  if (state === 'hashing') return 'Reading the file…'
  if (sharing !== 'on') return HINDRANCES[sharing] ?? ''
  return viewers === 0 ? 'Ready. Nobody is here yet; keep this page open.' : 'Giving it away.'
}

/**
 * Written on change only: some are live regions, and screen readers speak them.
 *
 * @param {string} id
 * @param {string} value
 */
function text(id, value) {
  const element = document.getElementById(id)
  if (element && element.textContent !== value) element.textContent = value
}

/**
 * @param {string} id
 * @param {boolean} isShown
 */
function show(id, isShown) {
  const element = document.getElementById(id)
  if (element) element.hidden = !isShown
}

/** @param {number} value */
function progress(value) {
  const bar = document.getElementById('progress')
  if (bar instanceof HTMLProgressElement) bar.value = value
}
