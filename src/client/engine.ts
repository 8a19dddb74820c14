/** `swarmtag-peers.js`: the engine, for all videos of this page that take part. Loaded once the first bytes of one are there. */

import { compileNameOf, type NameOf } from '../bridge/video-url.js'
import type { Sharing } from '../core/sharing.js'
import { ChunkStore } from '../store/chunk-store.js'
import type { Manifest } from '../store/manifest.js'
import { OpenManifests } from '../store/open-manifests.js'
import { Admission } from '../swarm/admission.js'
import { Bans } from '../swarm/bans.js'
import { wakeTrackers } from '../swarm/tracker.js'
import { Consent } from './consent.js'
import { showConsentControl } from './consent-control.js'
import { OpenDemand } from './demand.js'
import type { Caller } from './door.js'
import { asSwarmtagError, type Events } from './events.js'
import { Keeper } from './keeper.js'
import type { PageSettings } from './options.js'
import type { Place } from './place.js'
import { watchPlayhead } from './playhead.js'
import { Resource } from './resource.js'
import { Tally, type UploadStats, type VideoStats } from './stats.js'
import { checkSwarmOptions, type Settings } from './swarm-options.js'
import { UploadLedger } from './upload-ledger.js'
import { watchWaking } from './waking.js'

/** How often it is looked whether videos are still there. */
const LOOK_MS = 2_000
/** Videos that the page has no more, and of which more than the figures is kept: those that come back are met at once. */
const MOST_RESTING = 32

export class Engine {
  readonly #store: ChunkStore
  readonly #manifests: OpenManifests
  readonly #resources = new Map<string, Promise<Resource>>()
  #running: Resource[] = []
  /** What was counted of each video of this page, also of those that were let go of. */
  readonly #tallies = new Map<string, Tally>()
  readonly #lifetime = new AbortController()
  readonly #nameOf: NameOf
  readonly #bans = new Bans()
  readonly #admission: Admission | undefined
  readonly #ledger: UploadLedger
  readonly settings: Settings
  readonly consent: Consent
  #callers = 0

  constructor(
    page: PageSettings,
    options: object,
    place: Place,
    readonly events: Events,
  ) {
    const { settings: swarm, problems } = checkSwarmOptions(options, place)
    for (const { code, detail } of problems) events.emit('notice', { code, detail })
    const settings = { ...page, ...swarm }
    this.settings = settings
    this.consent = new Consent(settings.consent, () => this.#sharingChanged())
    const takenBytes = () =>
      [...this.#tallies.values()].reduce((sum, each) => sum + each.takenBytes, 0)
    this.#ledger = new UploadLedger(settings.uploadLimits, takenBytes)
    this.#store = new ChunkStore({
      capacityBytes: settings.storeBytes,
      onLost: (root, runs) => {
        for (const each of this.#running) if (each.options.manifest.id === root) each.lost(runs)
      },
    })
    this.#manifests = new OpenManifests(this.#store, { key: settings.key })
    this.#nameOf = compileNameOf(settings.ignoreQuery)
    this.#admission = admissionBy(settings)
    const { signal } = this.#lifetime
    watchPlayhead(
      this.#nameOf,
      (url, isPlaying) => void this.#resources.get(url)?.then(each => each.moved(isPlaying)),
      signal,
    )
    const looking = setInterval(() => this.#restThoseGone(), LOOK_MS)
    signal.addEventListener('abort', () => clearInterval(looking))
    watchWaking(wakeTrackers, signal)
    addEventListener('pagehide', event => this.#onPageHide(event), { signal })
  }

  /** Writes what was gathered before the page freezes; a page that goes says goodbye, or others wait for it. */
  #onPageHide({ persisted }: PageTransitionEvent): void {
    void this.#store.flush()
    this.#ledger.save()
    if (!persisted) for (const each of this.#running) each.leave()
  }

  get stats(): VideoStats[] {
    return this.#running.filter(each => !each.isResting).map(each => each.stats)
  }

  /** Leaves the swarms of videos that came and went; of those that went long ago only the figures are kept. */
  #restThoseGone(): void {
    const nowMs = performance.now()
    for (const each of this.#running) each.restIfGone(nowMs)
    const resting = this.#running.filter(each => each.isResting)
    for (const each of resting.slice(0, -MOST_RESTING)) {
      this.#drop(each)
      this.#resources.delete(each.options.url)
    }
  }

  get figures(): { sharing: Sharing; upload: UploadStats } {
    return { sharing: this.consent.sharing, upload: this.#ledger.stats }
  }

  /** The viewer's consent, or what else decides, has changed. */
  #sharingChanged(): void {
    for (const each of this.#running) each.sharingChanged()
  }

  /** Shows the question whether this browser may be connected to others. */
  ask(): void {
    showConsentControl(isGiven => this.consent.decide(isGiven))
  }

  /**
   * Deletes what is kept of all videos.
   *
   * @throws SwarmtagError `store-failed`
   */
  async purge(): Promise<void> {
    this.#ledger.forget()
    await this.#store.clear()
    for (const each of this.#running) each.lostAll()
  }

  /** Sees to a response of the worker. */
  async take({ opening, channel, origin, listen }: Caller): Promise<void> {
    try {
      const { url, descriptor, workerId, run, isPlayed } = opening
      for (const each of this.#running) each.dropDemands(workerId)
      const resource = await this.#resource(url, descriptor)
      const demand = new OpenDemand(this.#callers++, workerId, run, isPlayed, channel, origin)
      resource.open(demand)
      listen(message => resource.hear(demand, message))
    } catch (error) {
      const { code, detail } = asSwarmtagError(error, 'bridge-protocol')
      this.events.emit('notice', { code, detail })
      channel.send({ type: 'decline' })
    }
  }

  async stop(): Promise<void> {
    this.#lifetime.abort()
    for (const each of this.#running) each.stop()
    await this.#store.flush()
  }

  /** The engine of a video; one whose manifest has changed gets another. */
  async #resource(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Resource> {
    const manifest = await this.#manifests.adopt(url, descriptor)
    for (;;) {
      const made = this.#resources.get(url)
      const known = await made
      if (known?.options.manifest.id === manifest.id) return known
      // Another response was quicker.
      if (made !== this.#resources.get(url)) continue
      if (known) this.#drop(known)
      const making = this.#make(url, manifest)
      this.#resources.set(url, making)
      return making
    }
  }

  #drop(replaced: Resource): void {
    replaced.stop()
    this.#running = this.#running.filter(each => each !== replaced)
  }

  async #make(url: string, manifest: Manifest): Promise<Resource> {
    const { settings, events, consent } = this
    const name = `${manifest.id} ${url}`
    const tally = this.#tallies.get(name) ?? new Tally()
    this.#tallies.set(name, tally)
    const keeper = await Keeper.open({ url, manifest, store: this.#store, events, tally })
    const resource = new Resource({
      url,
      nameOf: this.#nameOf,
      manifest,
      keeper,
      settings,
      events,
      bans: this.#bans,
      admission: this.#admission,
      budget: this.#ledger,
      isSharing: () => consent.sharing === 'on',
    })
    this.#running.push(resource)
    if (settings.consent === 'ask' && consent.sharing === 'unasked') this.ask()
    const { sizeBytes } = manifest.descriptor
    events.emit('video', { url, root: manifest.id, sizeBytes, chunks: manifest.map.chunkCount })
    return resource
  }
}

/** Asks for tokens as the site's options say. */
function admissionBy({ admissionKey, token }: Settings): Admission | undefined {
  if (admissionKey === undefined) return undefined
  const ask = async (publicKey: string, root: string): Promise<string> => {
    if (typeof token === 'function') return token(publicKey, root)
    if (token === undefined) throw new Error('the page names no token')
    const url = new URL(token)
    url.searchParams.set('key', publicKey)
    url.searchParams.set('root', root)
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url.pathname} answers ${response.status}`)
    return response.text()
  }
  return new Admission({ siteKey: admissionKey, site: location.origin, ask })
}
