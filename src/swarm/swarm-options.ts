/** What a swarm is made of. */

import type { Links } from '../core/peers/places.js'
import type { Shared } from '../engine/engine.js'
import type { SwarmListener } from '../engine/swarm-port.js'
import type { Admission } from './admission.js'
import type { Bans } from './bans.js'
import type { ManifestExchange } from './manifest-exchange.js'
import type { Role } from './messages.js'
import type { Platform } from './room.js'
import type { SharedConnections } from './shared-connections.js'
import type { UploadBudget } from './uploader.js'

/** What is swarmed for: a film whose manifest is known, or a root of which nothing else is, and then `begin` follows. */
export type SwarmOptions = NeighbourOptions & (Given | { readonly root: string })

/** A film whose manifest is known. */
export type Given = Pick<Shared, 'manifest' | 'held' | 'read'>

export interface NeighbourOptions {
  trackers: readonly string[]
  iceServers: readonly RTCIceServer[]
  isRelayed: boolean
  role: Role
  /** Shared by all swarms of a page: a peer banned in one is admitted to none. */
  bans: Bans
  /** The connections of the page, which its films share. */
  connections: SharedConnections
  /** Who may come in, where the site says. @default everybody */
  admission?: Admission | undefined
  budget: UploadBudget
  /** Through which the manifest is asked of neighbours. @default it is asked of none */
  exchange?: ManifestExchange | undefined
  /** Whether digest pages are fetched that a neighbour asks for. @default only those that are there are given */
  fetchesPages?: boolean
  /** How many neighbours there are. @default as few as a viewer needs */
  links?: Links | undefined
  /** @default the browser's own */
  platform?: Platform | undefined
  listener: SwarmListener
}
