/** `swarmtag-sw.js`: the worker that a site hosts as it is, or imports into its own with `importScripts`. */

import { readWorkerQuery } from '../bridge/worker-options.js'
import { registerSwarm, takeOver } from './index.js'

const ownOptions = readWorkerQuery(location.search)
registerSwarm(ownOptions)
// In a site's own worker, when to take over is the site's decision.
if (ownOptions) takeOver()
