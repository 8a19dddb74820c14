/**
 * Where the worker's messages arrive before the engine is loaded: says that somebody is here, lets the
 * origin give the first bytes, and keeps the rest for the engine, which is loaded once those are there.
 */

import { type Channel, openChannel } from '../bridge/channel.js'
import {
  type Disowned,
  type Opening,
  type PageSays,
  readDisowned,
  readOpening,
  readWorkerSays,
  type WorkerSays,
} from '../bridge/messages.js'
import { FAREWELL, isFarewell } from '../bridge/withdrawal.js'
import { FIRST_GRANT_CHUNKS } from '../core/policy/first-grant.js'
import { type ChunkRun, run } from '../core/units.js'
import type { LogLevel } from '../log/log.js'

/** The engine is loaded after this time also where no first bytes come: others may have them. */
const FIRST_BYTES_MS = 500

/** A response that waits for what the origin was told to give to another hears nothing more for this long, while the engine is loaded. */
const SHARED_START_MS = 2_000

/** By video: the response for which the origin was told to give the first bytes, and how it is handed over. */
type Starting = Map<string, () => void>

/** A response of the worker that somebody must see to. */
export interface Caller {
  readonly opening: Opening
  readonly channel: Channel<PageSays>
  /** What the worker was told to fetch already. */
  readonly origin: ChunkRun | undefined
  /** Hands over: what was said so far, then what is said from now on. */
  listen(onMessage: (message: WorkerSays) => void): void
}

export interface DoorOptions {
  /** Whether the origin may give chunks. */
  readonly isOriginOpen: boolean
  /** What the worker writes to its console. */
  readonly logLevel: LogLevel
  /** Whether this page takes part now; else the worker is told at once to go on alone. */
  isTakingPart(): boolean
  /** Whether the engine is there and need not be loaded. */
  isEngineLoaded(): boolean
  /** Whether Swarmtag was taken off this browser; a worker that was started again since then does not know. */
  isUninstalled(): boolean
  /** The worker goes for good. */
  onFarewell(): void
  /** Called when a response needs the engine. */
  onCaller(caller: Caller): void
  /** Called when the worker leaves a video alone from its first response on. */
  onDisowned(disowned: Disowned): void
}

/** Listens to the worker, for as long as the page lives. */
export function openDoor(options: DoorOptions): void {
  const { serviceWorker } = navigator
  const starting: Starting = new Map()
  const onMessage = ({ data, ports: [port], source }: MessageEvent) => {
    if (isFarewell(data)) return options.onFarewell()
    const disowned = readDisowned(data)
    if (disowned) return options.onDisowned(disowned)
    if (data?.type !== 'swarmtag:open' || !port) return
    if (options.isUninstalled()) source?.postMessage(FAREWELL)
    const opening = readOpening(data)
    if (opening && options.isTakingPart()) receive(opening, port, starting, options)
    else port.postMessage({ type: 'decline' } satisfies PageSays)
  }
  serviceWorker.addEventListener('message', onMessage)
  serviceWorker.startMessages()
}

function receive(
  opening: Opening,
  port: MessagePort,
  starting: Starting,
  options: DoorOptions,
): void {
  const early: WorkerSays[] = []
  let { origin } = opening
  let timer: ReturnType<typeof setTimeout> | undefined
  let hear = (message: WorkerSays): void => {
    early.push(message)
    if (message.type !== 'need') clearTimeout(timer)
    if (message.type === 'need') origin ??= letOriginBegin(channel, opening, message.runs)
    // The first bytes are on their way to the video: now there is time for the engine.
    else if (message.type !== 'close') announce()
  }
  const channel = openChannel<WorkerSays, PageSays>(port, readWorkerSays, message => {
    if (message.type === 'close' && starting.get(opening.url) === announce)
      starting.delete(opening.url)
    hear(message)
  })
  let isAnnounced = false
  const announce = () => {
    if (isAnnounced) return
    isAnnounced = true
    clearTimeout(timer)
    hear = message => void early.push(message)
    const listen: Caller['listen'] = onMessage => {
      hear = onMessage
      for (const message of early.splice(0)) onMessage(message)
    }
    options.onCaller({ opening, channel, origin, listen })
  }
  channel.send({ type: 'accept', logLevel: options.logLevel })
  if (options.isEngineLoaded() || !options.isOriginOpen) return announce()
  const first = starting.get(opening.url)
  if (first) {
    // Both want the same first bytes: who decides for both is needed now, and is to hear of the first one first.
    channel.send({ type: 'hold', forMs: SHARED_START_MS })
    first()
    return announce()
  }
  starting.set(opening.url, announce)
  timer = setTimeout(announce, FIRST_BYTES_MS)
}

/** Lets the origin give what the worker neither has nor finds in the store, as far as is certain to be wanted. */
function letOriginBegin(
  channel: Channel<PageSays>,
  { run: { to } }: Opening,
  [missing]: readonly ChunkRun[],
): ChunkRun | undefined {
  if (!missing) return undefined
  const begun = run(missing.from, Math.min(missing.from + FIRST_GRANT_CHUNKS, to))
  channel.send({ type: 'origin', run: begun })
  return begun
}
