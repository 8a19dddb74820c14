/** Whether this viewer is in the swarm of a video: looks for one, joins it once the video is viewed, and leaves it. */

import type { SwarmState } from '../core/situation.js'
import { Swarm, type SwarmEvents, type SwarmOptions } from '../swarm/swarm.js'
import { asSwarmtagError, type Events } from './events.js'
import { Search } from './search.js'

export interface MembershipOptions extends Omit<SwarmOptions, 'events'> {
  readonly events: Omit<SwarmEvents, 'counted'>
  /** Where the site's owner hears why a swarm could not be joined. */
  readonly notices: Events
  /** Whether this browser may be connected to other viewers now. */
  isSharing(): boolean
  /** It is known whether there is a neighbour. */
  onSearched(): void
}

export class Membership {
  #search: Search
  #swarm: Swarm | undefined
  #isStopped = false

  constructor(readonly options: MembershipOptions) {
    this.#search = this.#newSearch()
  }

  /** How far the search for neighbours has come; `off` where there is nobody to ask. */
  get state(): SwarmState {
    return this.#search.state
  }

  /** Nothing before the swarm was joined. */
  get swarm(): Swarm | undefined {
    return this.#swarm
  }

  /** Looks for other viewers: not before the video plays, as it costs the page time. */
  join(): void {
    if (this.#isStopped || this.#swarm || this.state === 'off') return
    this.#search.begin()
    const { notices } = this.options
    const swarm = new Swarm({ ...this.options, events: this.#events() })
    this.#swarm = swarm
    swarm.join().catch(error => {
      const { code, detail } = asSwarmtagError(error, 'admission-failed')
      notices.emit('notice', { code, detail })
      this.#search.end()
    })
  }

  /** This browser may be connected to others from now on, or no longer: then all are left, and may be met anew. */
  sharingChanged(): void {
    if (this.options.isSharing() !== (this.state !== 'off')) this.rest()
  }

  /** Says goodbye to the other viewers; they may be met anew. */
  rest(): void {
    if (this.#isStopped) return
    this.#leave()
    this.#swarm = undefined
    this.#search = this.#newSearch()
  }

  /** Says goodbye to the other viewers, for good. */
  stop(): void {
    this.#isStopped = true
    this.#leave()
  }

  #leave(): void {
    this.#search.stop()
    this.#swarm?.leave()
  }

  #newSearch(): Search {
    const { trackers, isSharing, onSearched } = this.options
    return new Search(trackers.length > 0 && isSharing(), onSearched)
  }

  /** What trackers and neighbours say is for the search, too. */
  #events(): SwarmEvents {
    const { events } = this.options
    const search = this.#search
    return {
      ...events,
      counted: viewers => search.counted(viewers),
      have: (peer, runs) => {
        events.have(peer, runs)
        search.end()
      },
    }
  }
}
