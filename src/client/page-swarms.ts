/** Joins the swarms of a page: all of them share bans, connections and the page's token. */

import type { Shared } from '../engine/engine.js'
import type { SwarmListener } from '../engine/swarm-port.js'
import { Bans } from '../swarm/bans.js'
import type { ManifestExchange } from '../swarm/manifest-exchange.js'
import { SharedConnections } from '../swarm/shared-connections.js'
import { Swarm } from '../swarm/swarm.js'
import type { UploadBudget } from '../swarm/uploader.js'
import { admissionBy } from './admission-token.js'
import type { Settings } from './swarm-options.js'

/** A film whose manifest is known, or a root of which nothing else is; its swarm is joined at once. */
export type JoinSwarm = (
  film: Shared | { readonly root: string },
  listener: SwarmListener,
  exchange?: ManifestExchange,
) => Swarm

export function swarmJoiner(settings: Settings, budget: UploadBudget): JoinSwarm {
  const { trackers, iceServers, isRelayed, role } = settings
  const bans = new Bans()
  const connections = new SharedConnections()
  const admission = admissionBy(settings)
  const common = { trackers, iceServers, isRelayed, role, bans, connections, admission, budget }
  return (film, listener, exchange) => {
    const swarm = new Swarm({ ...film, ...common, listener, exchange })
    swarm.join()
    return swarm
  }
}
