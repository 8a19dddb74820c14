/** What peers are called. */

/** Peers name themselves by 20 characters. trystero makes names keys of objects: those that objects have already are none. */
export const isPeerId = (id: unknown): id is string =>
  typeof id === 'string' && /^[0-9A-Za-z]{20}$/.test(id) && !(id in {})

/**
 * What a peer is called here. Trackers show the ids of all, and anybody can claim one: who claims that of another without its
 * certificate is somebody else. Names are in the order of the ids.
 */
export const nameOf = (peerId: string, certificate: string): string => `${peerId}.${certificate}`
