/** Offers of connections that this viewer made through a tracker, and that nobody has answered yet. */

import { genId, type OfferRecord } from 'trystero'
import { ID_CHARACTERS } from '../core/peers/peer-name.js'

/** An offer that nobody answered within this time is withdrawn: who took it and never answers holds it. */
const OFFER_LIFE_MS = 5_000

export class OwnOffers {
  readonly #records = new Map<string, OfferRecord>()

  /** Keeps an offer until it is answered, for a while; returns its id. */
  add(record: OfferRecord): string {
    const id = genId(ID_CHARACTERS)
    this.#records.set(id, record)
    setTimeout(() => this.withdraw(id), OFFER_LIFE_MS)
    return id
  }

  has(id: string): boolean {
    return this.#records.has(id)
  }

  /** Takes an offer that was answered; `undefined` where there is none any more. */
  take(id: string): OfferRecord | undefined {
    const record = this.#records.get(id)
    this.#records.delete(id)
    return record
  }

  withdrawAll(): void {
    for (const id of this.#records.keys()) this.withdraw(id)
  }

  /** Withdraws an offer; whether it was still there. */
  withdraw(id: string): boolean {
    const record = this.take(id)
    if (record) withdraw(record)
    return record !== undefined
  }
}

/** Closes an offer's connection; trystero would keep it for another. */
export function withdraw({ claim, peer }: OfferRecord): void {
  claim?.()
  peer.destroy()
}
