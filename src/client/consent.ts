/** Whether the viewer and their browser agree to connections to others; the answer is kept for all pages. */

import { type Sharing, type SharingFacts, sharingOf } from '../core/policy/sharing.js'

/** In `localStorage`: `yes` or `no`. */
const KEY = 'swarmtag:consent'

/** Not in every browser, nor in TypeScript's library. */
interface Signals {
  readonly globalPrivacyControl?: boolean
  readonly connection?: EventTarget & { readonly saveData?: boolean }
}

export class Consent {
  #decision: boolean | undefined

  /** @param onChange - called after the viewer has decided, here or in another tab, or Save-Data was switched */
  constructor(
    readonly rule: SharingFacts['rule'],
    readonly onChange: () => void,
  ) {
    this.#recall()
    addEventListener('storage', ({ key }) => {
      // `null`: all was cleared.
      if (key !== KEY && key !== null) return
      this.#recall()
      onChange()
    })
    const { connection } = navigator as Navigator & Signals
    connection?.addEventListener?.('change', onChange)
  }

  get sharing(): Sharing {
    const { globalPrivacyControl, connection } = navigator as Navigator & Signals
    return sharingOf({
      rule: this.rule,
      decision: this.#decision,
      isPrivate: globalPrivacyControl === true,
      isSavingData: connection?.saveData === true,
    })
  }

  decide(isGiven: boolean): void {
    this.#decision = isGiven
    try {
      localStorage.setItem(KEY, isGiven ? 'yes' : 'no')
    } catch {
      // Storage is full or forbidden: the decision holds for this page.
    }
    this.onChange()
  }

  #recall(): void {
    try {
      const text = localStorage.getItem(KEY)
      this.#decision = text === null ? undefined : text === 'yes'
    } catch {
      // Storage is forbidden.
    }
  }
}
