// The line above the videos: is the swarm on, how many viewers are connected, switch it off, open another viewer.

import { counted } from './format.js'
import { otherViewer } from './other-viewer.js'

const MARKUP = `
  <p class="state"><i class="light" aria-hidden="true"></i><span role="status" data-slot="state">Starting…</span></p>
  <div class="actions">
    <button type="button" class="quiet" hidden></button>
    <a class="button" target="_blank" rel="noopener" hidden>Open another viewer</a>
  </div>
  <p class="hint"></p>
  <p class="notice" role="status" hidden></p>`

export class SwarmBar {
  #swarmtag
  #root
  #switch
  #isSwitching = false

  /**
   * @param {HTMLElement} root - empty; filled here
   * @param {import('./swarmtag-api.js').Swarmtag | undefined} swarmtag
   */
  constructor(root, swarmtag) {
    this.#root = root
    this.#swarmtag = swarmtag
    root.innerHTML = MARKUP
    this.#switch = root.querySelector('button')
    this.#switch?.addEventListener('click', () => this.#toggle())
    swarmtag?.addEventListener('notice', event => this.#notice(event.detail.detail))
    this.#offerViewer()
  }

  /** @param {import('./swarmtag-api.js').PageStats | undefined} stats */
  update(stats) {
    const state = stats?.state ?? 'missing'
    this.#root.dataset.state = state
    const line = this.#root.querySelector('[data-slot="state"]')
    const text = stateLine(stats)
    // Written on change only: the line is a live region, and screen readers speak it.
    if (line && line.textContent !== text) line.textContent = text
    if (!this.#switch) return
    this.#switch.hidden = state === 'missing' || state === 'starting'
    this.#switch.disabled = this.#isSwitching
    this.#switch.textContent = state === 'off' ? 'Turn swarm on' : 'Turn swarm off'
  }

  async #toggle() {
    if (!this.#swarmtag) return
    this.#isSwitching = true
    try {
      const isOff = this.#swarmtag.stats().state === 'off'
      await (isOff ? this.#swarmtag.start() : this.#swarmtag.stop())
    } finally {
      this.#isSwitching = false
      this.update(this.#swarmtag.stats())
    }
  }

  #offerViewer() {
    const offer = otherViewer(new URL(location.href))
    const link = this.#root.querySelector('a')
    const hint = this.#root.querySelector('.hint')
    if (hint) hint.textContent = offer.hint
    if (!link || !offer.url) return
    link.href = offer.url
    link.hidden = false
  }

  /** @param {string} detail */
  #notice(detail) {
    const element = this.#root.querySelector('.notice')
    if (!(element instanceof HTMLElement)) return
    element.textContent = detail
    element.hidden = false
  }
}

/** @param {import('./swarmtag-api.js').PageStats | undefined} stats */
function stateLine(stats) {
  if (!stats) return 'Swarm off, plain HTTP · swarmtag.js did not load'
  if (stats.state === 'starting') return 'Swarm starting…'
  if (stats.state === 'off') return `Swarm off, plain HTTP · ${stats.reason ?? 'stopped'}`
  if (stats.peers === 0) return 'Swarm on · no other viewer yet'
  return `Swarm on · ${counted(stats.peers, 'viewer')} connected`
}
