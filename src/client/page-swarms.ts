/** Joins the swarms of a page: all of them share bans, connections and the page's token. */

import type { Shared } from '../engine/engine.js'
import type { SwarmListener } from '../engine/swarm-port.js'
import { Bans } from '../swarm/bans.js'
import { SharedConnections } from '../swarm/shared-connections.js'
import { Swarm } from '../swarm/swarm.js'
import type { NeighbourOptions } from '../swarm/swarm-options.js'
import type { UploadBudget } from '../swarm/uploader.js'
import { admissionBy } from './admission-token.js'
import type { Settings } from './swarm-options.js'

type OwnOption = 'role' | 'budget' | 'exchange' | 'fetchesPages'

/** What is special about one swarm. */
export type OwnOptions = Partial<Pick<NeighbourOptions, OwnOption>> & Partial<Pick<Shared, 'read'>>

/** A film whose manifest is known, or a root of which nothing else is; its swarm is joined at once. */
export type JoinSwarm = (
  film: Shared | { readonly root: string },
  listener: SwarmListener,
  own?: OwnOptions,
) => Swarm

/** @param budget - what is given of the videos, all together */
export function swarmJoiner(settings: Settings, budget: UploadBudget): JoinSwarm {
  const { trackers, iceServers, isRelayed, role } = settings
  const common = {
    ...{ trackers, iceServers, isRelayed, role, budget },
    bans: new Bans(),
    connections: new SharedConnections(),
    admission: admissionBy(settings),
  }
  return (film, listener, own) => {
    const swarm = new Swarm({ ...common, ...film, listener, ...own })
    swarm.join()
    return swarm
  }
}
