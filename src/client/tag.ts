/** Finds the tag's own element, which has the site's options and the URL of Swarmtag's files. */

import { type Place, placeOf, webUrl } from './place.js'

const FILE = 'swarmtag.js'

export interface Tag {
  readonly options: DOMStringMap
  readonly nonce: string
  readonly place: Place
}

/**
 * Finds this script's element. With `type="module"`, and with loaders that fetch and run scripts, `currentScript` is
 * empty or the loader's own: an element that names our file in any attribute is preferred.
 */
export function findTag(): Tag {
  const { currentScript: current, scripts } = document
  for (const element of [current, ...scripts]) {
    const naming = element && [...element.attributes].find(({ value }) => isOurs(webUrl(value)))
    if (naming) return tagOf(element, placeOf(webUrl(naming.value)), naming)
  }
  // The file has another name, or is inlined.
  if (current instanceof HTMLScriptElement) return tagOf(current, placeOf(webUrl(current.src)))
  const problem = `the tag's element is not found, nor what it says; load the file by <script src="…/${FILE}">`
  return { options: {}, nonce: '', place: { ...placeOf(), problem } }
}

/** @param naming - the attribute that names the file; a loader's own is no option */
function tagOf({ dataset, nonce }: HTMLOrSVGElement, place: Place, naming?: Attr): Tag {
  const options = Object.entries(dataset).filter(([, value]) => value !== naming?.value)
  return { options: Object.fromEntries(options), nonce: nonce ?? '', place }
}

const isOurs = (url: string | undefined): boolean =>
  url !== undefined && new URL(url).pathname.endsWith(`/${FILE}`)
