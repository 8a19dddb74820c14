/** `swarmtag.js`: the script tag. Starts with the tag's attributes and loads the peer part when it is needed. */

import type * as SwarmModule from '../swarm/index.js'
import { Swarmtag } from './index.js'
import { readAttributes } from './options.js'

declare global {
  interface Window {
    swarmtag?: Swarmtag
  }
}

const script = document.currentScript
const scriptUrl = script instanceof HTMLScriptElement && script.src ? script.src : location.href
const loadSwarm = (): Promise<typeof SwarmModule> =>
  import(new URL('swarmtag-peers.js', scriptUrl).href)

// A page that carries the tag twice has one Swarmtag.
window.swarmtag ??= new Swarmtag(
  readAttributes(script?.dataset ?? {}),
  { pageUrl: location.href, scriptUrl },
  loadSwarm,
)
