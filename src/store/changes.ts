/** The transactions that change chunks: one change each, and none while the page is put aside. */

import type { IDBPTransaction } from 'idb'
import { SwarmtagError } from '../core/errors.js'
import type { Database, SwarmtagSchema } from './database.js'

/** Changed in one transaction, so that holdings match what is there. */
const CHANGING: ('chunks' | 'holdings' | 'pages')[] = ['chunks', 'holdings', 'pages']
export type Change = IDBPTransaction<SwarmtagSchema, typeof CHANGING, 'readwrite'>

export class Changes {
  readonly #open = new Set<Change>()
  #isSuspended = false

  get isSuspended(): boolean {
    return this.#isSuspended
  }

  /** Runs one transaction. */
  async run(database: Database, work: (change: Change) => Promise<unknown>): Promise<void> {
    if (this.#isSuspended) throw new SwarmtagError('store-failed', 'the page is put aside')
    const change = database.transaction(CHANGING, 'readwrite', { durability: 'relaxed' })
    this.#open.add(change)
    try {
      await Promise.all([work(change), change.done])
    } catch (error) {
      abort(change)
      await change.done.catch(() => {})
      throw change.error ?? error
    } finally {
      this.#open.delete(change)
    }
  }

  /**
   * Aborts what is under way, and begins nothing before `resume`. WebKit keeps a page to go back to with the transactions that
   * it has open: nobody else can use the database before it is shown again or forgotten.
   */
  suspend(): void {
    this.#isSuspended = true
    for (const each of this.#open) abort(each)
  }

  resume(): void {
    this.#isSuspended = false
  }
}

function abort(change: Change): void {
  try {
    change.abort()
  } catch {
    // It is over; its own error says more.
  }
}
