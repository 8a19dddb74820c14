/** What peers are called. */

/** Peers name themselves by 20 characters. trystero makes names keys of objects: those that objects have already are none. */
export const isPeerId = (id: unknown): id is string =>
  typeof id === 'string' && /^[0-9A-Za-z]{20}$/.test(id) && !(id in {})

/**
 * A peer's name here. Trackers show the ids of all, and anybody can claim one: a peer that claims another's without its
 * certificate is somebody else. Names are in the order of the ids.
 */
export const nameOf = (peerId: string, certificate: string): string => `${peerId}.${certificate}`
