/**
 * Handles the worker's messages until the engine is loaded: accepts responses, grants the first bytes from the origin, and
 * queues the rest for the engine, which is loaded once those bytes have come.
 */

import { type Channel, openChannel } from '../bridge/channel.js'
import { type Finding, type Found, readFinding } from '../bridge/find.js'
import {
  type Dropped,
  type Opening,
  type PageSays,
  readDropped,
  readOpening,
  readWorkerSays,
  type WorkerSays,
} from '../bridge/messages.js'
import { sharedRoot } from '../bridge/share-url.js'
import { isUninstallMessage, UNINSTALL_MESSAGE } from '../bridge/withdrawal.js'
import { FIRST_GRANT_CHUNKS } from '../core/policy/first-grant.js'
import { type ChunkRun, run } from '../core/units.js'
import type { LogLevel } from '../log/log.js'

/** Without first bytes the engine is loaded after this time: peers may have them. */
const FIRST_BYTES_MS = 500

/** While the engine is loaded, a response that waits for another one's grant is held for this long. */
const SHARED_START_MS = 2_000

/** By video: hands over the response whose first bytes the origin was granted. */
type Starting = Map<string, () => void>

/** A response of the worker for the engine. */
export interface NewResponse {
  readonly opening: Opening
  readonly channel: Channel<PageSays>
  /** What the worker was granted from the origin. */
  readonly origin: ChunkRun | undefined
  /** Delivers the queued messages, then each new one. */
  listen(onMessage: (message: WorkerSays) => void): void
}

export interface EarlyMessageOptions {
  /** Whether the origin may give chunks. */
  readonly isOriginOpen: boolean
  /** What the worker writes to its console. */
  readonly logLevel: LogLevel
  /** Whether this page takes part now; else every response is declined. */
  isTakingPart(): boolean
  /** Whether the engine is loaded. */
  isEngineLoaded(): boolean
  /** Whether Swarmtag was uninstalled; a worker that was restarted since then does not know. */
  isUninstalled(): boolean
  /** The worker is being uninstalled. */
  onUninstall(): void
  /** Called when a response needs the engine. */
  onResponse(response: NewResponse): void
  /** Called when the worker needs the descriptor of a file that no server has; answers through `answer`. */
  onFinding(finding: Finding, answer: (found: Found) => void): void
  /** Called when the worker drops a video from the swarm before it was opened here. */
  onDropped(dropped: Dropped): void
}

/** Listens to the worker for the lifetime of the page. */
export function handleEarlyMessages(options: EarlyMessageOptions): void {
  const { serviceWorker } = navigator
  const starting: Starting = new Map()
  const onMessage = ({ data, ports: [port], source }: MessageEvent) => {
    if (isUninstallMessage(data)) return options.onUninstall()
    const dropped = readDropped(data)
    if (dropped) return options.onDropped(dropped)
    if (data?.type === 'swarmtag:find' && port) return find(data, port, options)
    if (data?.type !== 'swarmtag:open' || !port) return
    if (options.isUninstalled()) source?.postMessage(UNINSTALL_MESSAGE)
    const opening = readOpening(data)
    if (opening && options.isTakingPart()) receive(opening, port, starting, options)
    else port.postMessage({ type: 'decline' } satisfies PageSays)
  }
  serviceWorker.addEventListener('message', onMessage)
  serviceWorker.startMessages()
}

function find(data: unknown, port: MessagePort, options: EarlyMessageOptions): void {
  const finding = readFinding(data)
  const answer = (found: Found) => port.postMessage(found)
  if (finding && options.isTakingPart()) options.onFinding(finding, answer)
  else answer({ type: 'not-sought', detail: 'Swarmtag is off in this page, or of another release' })
}

function receive(
  opening: Opening,
  port: MessagePort,
  starting: Starting,
  options: EarlyMessageOptions,
): void {
  const early: WorkerSays[] = []
  let { origin } = opening
  let timer: ReturnType<typeof setTimeout> | undefined
  let handle = (message: WorkerSays): void => {
    early.push(message)
    if (message.type !== 'need') clearTimeout(timer)
    if (message.type === 'need') origin ??= grantFirstBytes(channel, opening, message.runs)
    // The first bytes are on their way to the video: now there is time for the engine.
    else if (message.type !== 'close') handOver()
  }
  const channel = openChannel<WorkerSays, PageSays>(port, readWorkerSays, message => {
    if (message.type === 'close' && starting.get(opening.url) === handOver)
      starting.delete(opening.url)
    handle(message)
  })
  let isHandedOver = false
  const handOver = () => {
    if (isHandedOver) return
    isHandedOver = true
    clearTimeout(timer)
    handle = message => void early.push(message)
    const listen: NewResponse['listen'] = onMessage => {
      handle = onMessage
      for (const message of early.splice(0)) onMessage(message)
    }
    options.onResponse({ opening, channel, origin, listen })
  }
  channel.send({ type: 'accept', logLevel: options.logLevel })
  const hasOrigin = options.isOriginOpen && !sharedRoot(opening.url)
  if (options.isEngineLoaded() || !hasOrigin) return handOver()
  const first = starting.get(opening.url)
  if (first) {
    // Both want the same first bytes: the engine decides for both, and must know of the first one first.
    channel.send({ type: 'hold', forMs: SHARED_START_MS })
    first()
    return handOver()
  }
  starting.set(opening.url, handOver)
  timer = setTimeout(handOver, FIRST_BYTES_MS)
}

/** Grants the start of what the store lacks, as far as is certain to be wanted. */
function grantFirstBytes(
  channel: Channel<PageSays>,
  { run: { to } }: Opening,
  [missing]: readonly ChunkRun[],
): ChunkRun | undefined {
  if (!missing) return undefined
  const granted = run(missing.from, Math.min(missing.from + FIRST_GRANT_CHUNKS, to))
  channel.send({ type: 'origin', run: granted })
  return granted
}
