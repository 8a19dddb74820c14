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
import type { UploadStats, VideoStats } from './stats.js'
import { checkSwarmOptions, type Settings } from './swarm-options.js'
import { UploadLedger } from './upload-ledger.js'
import { watchWaking } from './waking.js'

export class Engine {
  readonly #store: ChunkStore
  readonly #manifests: OpenManifests
  readonly #resources = new Map<string, Promise<Resource>>()
  #running: Resource[] = []
  /** Taken for videos that were replaced since. */
  #replacedBytes = 0
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
      this.#running.reduce((sum, each) => sum + each.takenBytes, this.#replacedBytes)
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
    return this.#running.map(each => each.stats)
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
    this.#replacedBytes += replaced.takenBytes
    this.#running = this.#running.filter(each => each !== replaced)
  }

  async #make(url: string, manifest: Manifest): Promise<Resource> {
    const { settings, events, consent } = this
    const keeper = await Keeper.open({ url, manifest, store: this.#store, events })
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
