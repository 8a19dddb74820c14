/**
 * `swarmtag-snippet.js`: stands in the page itself, ahead of the tag, and does what need not wait for the tag's file: registers the
 * worker, and sees to the first bytes of the first video. The tag goes on from there (`early.ts`). It checks nothing, as each byte of
 * it is sent with every page: what is wrong with the options the tag finds out, and says.
 */

import { workerQuery } from '../bridge/worker-options.js'
import { lookForFirst } from './ahead.js'
import { trusted } from './trusted.js'

const { href } = location
// Where a document has no origin of its own, even asking for it throws.
const serviceWorker = origin === 'null' ? undefined : navigator.serviceWorker
const options = { ...document.currentScript?.dataset }
const listOf = (text = '') => text.split(/[\s,]+/).filter(Boolean)

async function register(): Promise<ServiceWorkerRegistration | undefined> {
  if (options.worker === 'own' || !serviceWorker) return undefined
  // Where the tag's file is, the snippet does not know.
  const worker = new URL(options.worker ?? '/swarmtag-sw.js', href)
  options.worker = worker.href
  const scope = options.scope ? new URL(options.scope, href).href : new URL('./', worker).href
  // One that is there already may be the site's own.
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
// Of what is more to a URL than this the tag and the worker know.
const isMatched = (url: URL) => !match && !url.search
const nameOf = ahead === 'page' ? (name: string) => name : undefined
const first = serviceWorker && lookForFirst({ isMatched, nameOf })
// Why it cannot be registered, the tag finds out as well, and says.
const registration = register().catch(() => undefined)
void registration.then(registration => registration && first?.tell(registration))
window.swarmtagEarly = { options, registration, first }
