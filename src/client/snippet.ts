/**
 * `swarmtag-snippet.js`: inlined in the page ahead of the tag, does what need not wait for the tag's file: registers the
 * worker, and finds the first video. The tag goes on from there (`early.ts`). It is sent with every page, so it leaves
 * checking the options to the tag.
 */

import { workerQuery } from '../bridge/worker-options.js'
import { lookForFirst } from './ahead.js'
import { trusted } from './trusted.js'

const { href } = location
// In a document with an opaque origin even reading it throws.
const serviceWorker = origin === 'null' ? undefined : navigator.serviceWorker
const options = { ...document.currentScript?.dataset }
const listOf = (text = '') => text.split(/[\s,]+/).filter(Boolean)

async function register(): Promise<ServiceWorkerRegistration | undefined> {
  if (options.worker === 'own' || !serviceWorker) return undefined
  // The tag's place is not known here, so the default is the root.
  const worker = new URL(options.worker ?? '/swarmtag-sw.js', href)
  options.worker = worker.href
  const scope = options.scope ? new URL(options.scope, href).href : new URL('./', worker).href
  // It may be the site's own worker.
  const other = await serviceWorker.getRegistration(scope)
  if (other?.scope === scope) return undefined
  worker.search = workerQuery({
    ...options,
    match: listOf(options.match).map(pattern => {
      const url = new URL(pattern, href)
      return url.origin + url.pathname
    }),
    ignoreQuery: listOf(options.ignoreQuery),
    origin: options.origin === 'never' ? 'never' : 'fallback',
  })
  const script = trusted(worker.href, 'swarmtag-snippet')
  return serviceWorker.register(script, { scope, updateViaCache: 'none' })
}

const { match, ahead } = options
// What is matched by pattern or query is left to the tag and the worker; what no server has, to the tag.
const isMatched = (url: URL) => !match && !url.search && !/\/swarmtag\//.test(url.pathname)
const nameOf = ahead === 'page' ? (name: string) => name : undefined
const first = serviceWorker && lookForFirst({ isMatched, nameOf })
// The tag will fail in the same way, and report it.
const registration = register().catch(() => undefined)
void registration.then(registration => registration && first?.send(registration))
window.swarmtagEarly = { options, registration, first }
