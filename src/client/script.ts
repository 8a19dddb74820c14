/** `swarmtag.js`: the script tag. Starts with its attributes and loads the engine on demand. */

import { workerBeside } from './options.js'
import type { Parts } from './parts.js'
import { Swarmtag } from './swarmtag.js'
import { findTag } from './tag.js'
import { trusted } from './trusted.js'

declare global {
  interface Window {
    swarmtag?: Swarmtag
  }
}

const { options, nonce, place } = findTag()
const early = window.swarmtagEarly
const peersUrl = new URL('swarmtag-peers.js', place.scriptUrl).href

/** The digest of the `swarmtag-peers.js` of this release; set by the build. */
declare const PEERS_INTEGRITY: string

/** `import()` cannot check a digest, a script element can; the module is then in the module map and not loaded again. */
const loadEngine: Parts['loadEngine'] = async () => {
  const element = document.createElement('script')
  element.type = 'module'
  element.integrity = PEERS_INTEGRITY
  element.nonce = nonce
  element.src = trusted(peersUrl)
  await new Promise((resolve, reject) => {
    element.onload = resolve
    element.onerror = () => reject(new Error('it is missing, or not the one of this release'))
    document.documentElement.append(element)
  })
  element.remove()
  return import(peersUrl)
}

const startHashing = () => new Worker(trusted(workerBeside(place, 'swarmtag-hash.js')))

// A page that carries the tag twice has one Swarmtag.
window.swarmtag ??= new Swarmtag(
  { ...early?.options, ...options },
  place,
  { loadEngine, startHashing },
  early,
)
