/** What peers are called. */

/** Peers, and what they offer, are named by so many letters and digits. */
export const ID_CHARACTERS = 20

export const isId = (id: unknown): id is string =>
  typeof id === 'string' && /^[0-9A-Za-z]{20}$/.test(id)

/** trystero makes names of peers keys of objects: those that objects have already are none. */
export const isPeerId = (id: unknown): id is string => isId(id) && !(id in {})

/**
 * A peer's name here. Trackers show the ids of all, and anybody can claim one: a peer that claims another's without its
 * certificate is somebody else. Names are in the order of the ids.
 */
export const nameOf = (peerId: string, certificate: string): string => `${peerId}.${certificate}`
