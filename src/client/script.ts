/** `swarmtag.js`: the script tag. Starts with the tag's attributes and loads the engine when it is needed. */

import { type LoadEngine, Swarmtag } from './index.js'
import { readAttributes } from './options.js'

declare global {
  interface Window {
    swarmtag?: Swarmtag
  }
}

const script = document.currentScript
const scriptUrl = script instanceof HTMLScriptElement && script.src ? script.src : location.href
const loadEngine: LoadEngine = () => import(new URL('swarmtag-peers.js', scriptUrl).href)

// A page that carries the tag twice has one Swarmtag.
window.swarmtag ??= new Swarmtag(
  readAttributes(script?.dataset ?? {}),
  { pageUrl: location.href, scriptUrl },
  loadEngine,
)
