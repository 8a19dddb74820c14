/** All videos of this page that take part, and the worker's end of the bridge. */

import { type Channel, openChannel } from '../bridge/channel.js'
import {
  type Opening,
  type PageSays,
  readOpening,
  readWorkerSays,
  type WorkerSays,
} from '../bridge/messages.js'
import { SwarmtagError } from '../core/errors.js'
import type { ChunkStore } from '../store/chunk-store.js'
import { Manifests } from '../store/manifests.js'
import { OpenDemand } from './demand.js'
import type { Events } from './events.js'
import type { Settings } from './options.js'
import { watchPlayhead } from './playhead.js'
import { type LoadSwarm, Resource } from './resource.js'
import type { VideoStats } from './stats.js'

export interface EngineOptions {
  readonly settings: Settings
  readonly store: ChunkStore
  readonly loadSwarm: LoadSwarm
  readonly events: Events
}

export class Engine {
  readonly #manifests: Manifests
  readonly #resources = new Map<string, Promise<Resource>>()
  readonly #running: Resource[] = []
  readonly #lifetime = new AbortController()
  #openings = 0

  constructor(readonly options: EngineOptions) {
    this.#manifests = new Manifests(options.store)
    const { signal } = this.#lifetime
    navigator.serviceWorker.addEventListener('message', event => this.#onMessage(event), { signal })
    navigator.serviceWorker.startMessages()
    watchPlayhead(
      (url, isPlaying) => void this.#resources.get(url)?.then(each => each.moved(isPlaying)),
      signal,
    )
    // What was gathered is written before the page freezes or goes.
    addEventListener('pagehide', () => void options.store.flush(), { signal })
  }

  get stats(): VideoStats[] {
    return this.#running.map(each => each.stats)
  }

  async stop(): Promise<void> {
    this.#lifetime.abort()
    await Promise.all(this.#running.map(each => each.stop()))
  }

  #onMessage({ data, ports: [port] }: MessageEvent): void {
    if (data?.type !== 'swarmtag:open' || !port) return
    const opening = readOpening(data)
    if (opening) void this.#open(opening, port)
    else port.postMessage({ type: 'decline' } satisfies PageSays)
  }

  /** Says at once that somebody is here, then finds out what the video is. */
  async #open(opening: Opening, port: MessagePort): Promise<void> {
    const early: WorkerSays[] = []
    let hear = (message: WorkerSays): void => void early.push(message)
    const channel: Channel<PageSays> = openChannel(port, readWorkerSays, message => hear(message))
    channel.send({ type: 'accept' })
    try {
      const resource = await this.#resource(opening)
      const demand = new OpenDemand(this.#openings++, opening.run, opening.isPlayed, channel)
      await resource.open(demand)
      hear = message => resource.hear(demand, message)
      for (const message of early) hear(message)
    } catch (error) {
      const { code, detail } =
        error instanceof SwarmtagError ? error : new SwarmtagError('bridge-protocol', String(error))
      this.options.events.emit('notice', { code, detail })
      channel.send({ type: 'decline' })
    }
  }

  #resource({ url, descriptor }: Opening): Promise<Resource> {
    let resource = this.#resources.get(url)
    if (!resource) {
      resource = this.#make(url, descriptor)
      this.#resources.set(url, resource)
      resource.catch(() => this.#resources.delete(url))
    }
    return resource
  }

  async #make(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Resource> {
    const { store, settings, loadSwarm, events } = this.options
    const manifest = await this.#manifests.adopt(url, descriptor)
    const resource = new Resource({ url, manifest, store, settings, loadSwarm, events })
    this.#running.push(resource)
    const { sizeBytes } = manifest.descriptor
    events.emit('video', { url, root: manifest.id, sizeBytes, chunks: manifest.map.chunkCount })
    return resource
  }
}
