/** Joins the swarms of a page: all of them share bans, connections and the page's token. */

import type { Shared } from '../engine/engine.js'
import type { SwarmListener, SwarmPort } from '../engine/swarm-port.js'
import { Bans } from '../swarm/bans.js'
import { SharedConnections } from '../swarm/shared-connections.js'
import { Swarm, type SwarmOptions } from '../swarm/swarm.js'
import type { UploadBudget } from '../swarm/uploader.js'
import { admissionBy } from './admission-token.js'
import type { Settings } from './swarm-options.js'

/** What is special about one swarm. */
export type OwnOptions = Pick<SwarmOptions, 'role' | 'budget' | 'read'>

/** @param budget - what is given of the videos, all together */
export function swarmJoiner(settings: Settings, budget: UploadBudget) {
  const { trackers, iceServers, isRelayed, role } = settings
  const common = {
    ...{ trackers, iceServers, isRelayed, role, budget },
    bans: new Bans(),
    connections: new SharedConnections(),
    admission: admissionBy(settings),
  }
  return (shared: Shared, listener: SwarmListener, own?: OwnOptions): SwarmPort => {
    const swarm = new Swarm({ ...common, ...shared, listener, ...own })
    swarm.join()
    return swarm
  }
}
