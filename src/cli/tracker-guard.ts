/**
 * What may reach the tracker. It trusts some shapes that a client chooses, and one that differs throws
 * where nobody catches, which would end the whole server: an offer that is `null`, a scrape of a number.
 */

/** An offer is nested three deep: message, offers, offer. Text nested by the thousand overflows the stack. */
const MAX_DEPTH = 6

/** Offers in one announce; trystero sends up to 20. */
const MAX_OFFERS = 100

/** Whether a message is an announce or a scrape of one swarm, with offers that are objects. */
export function isTrackerMessage(text: string): boolean {
  const message = parse(text)
  if (!isRecord(message) || !isShallow(message, MAX_DEPTH)) return false
  if (message.action === 'scrape') return typeof message.info_hash === 'string'
  return message.action === 'announce' && areOffers(message.offers)
}

const areOffers = (offers: unknown): boolean =>
  offers === undefined ||
  offers === null ||
  (Array.isArray(offers) && offers.length <= MAX_OFFERS && offers.every(isRecord))

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every(each => isShallow(each, depth - 1))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
