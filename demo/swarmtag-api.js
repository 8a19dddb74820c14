// The part of Swarmtag's page interface that this demo uses, and how to get at it.

/**
 * @typedef {object} VideoStats
 * @property {string} url - absolute, without fragment
 * @property {string} root - names the swarm, in hex
 * @property {number} sizeBytes
 * @property {number} chunks
 * @property {number} heldChunks
 * @property {boolean} complete
 * @property {number} peers
 * @property {{ origin: number, peers: number, store: number, uploaded: number, wasted: number }} bytes
 * @property {'searching' | 'receiving' | 'complete' | 'off'} [state] - of a file that no server has
 * @property {string} [why] - why it is off
 * @property {string} [type] - its media type
 * @property {number} offload - 0..1, the share of the played bytes that the origin did not send
 */

/** @typedef {'waiting' | 'late' | 'begun' | 'without-cors' | 'no-swarm' | 'off'} WhyPlain */

/**
 * @typedef {object} ElementStats
 * @property {string} url
 * @property {boolean} takesPart
 * @property {WhyPlain} [reason] - why it does not
 */

/**
 * @typedef {object} PageStats
 * @property {'starting' | 'active' | 'off'} state
 * @property {string} [reason]
 * @property {number} peers
 * @property {VideoStats[]} videos
 * @property {ElementStats[]} elements
 */

/**
 * @typedef {EventTarget & {
 *   name: string,
 *   sizeBytes: number,
 *   state: 'hashing' | 'sharing' | 'ended',
 *   why: 'stopped' | 'changed' | 'unreadable' | 'failed' | undefined,
 *   progress: number,
 *   link: string | undefined,
 *   hashed: Promise<string>,
 *   sharing: string,
 *   viewers: number,
 *   givenBytes: number,
 *   stop: () => void
 * }} Share
 */

/**
 * @typedef {object} Swarmtag
 * @property {Promise<{ state: 'active' } | { state: 'off', reason: string }>} ready
 * @property {() => PageStats} stats
 * @property {(link: string) => { root: string, name: string, url: string }} linked
 * @property {(url: string) => Promise<void>} receive
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} stop
 * @property {(file: File) => Promise<Share>} share
 * @property {(type: string, listener: (event: CustomEvent) => void, options?: AddEventListenerOptions) => void} addEventListener
 */

/** @returns {Swarmtag | undefined} undefined where the script did not load */
export function findSwarmtag() {
  return /** @type {{ swarmtag?: Swarmtag }} */ (globalThis).swarmtag
}
