/**
 * One viewer of one resource: takes what happens and says what to do. It does nothing itself and reads no clock, so that
 * page, seeder and simulator decide alike.
 *
 * Its driver passes each event to `on`, does the actions returned, and sends `due` once `dueAtMs` has come.
 */

import type { ChunkSet } from '../chunk-set.js'
import { OriginLine } from '../scheduling/origin-line.js'
import { SourceBook } from '../scheduling/source-book.js'
import { type ChunkIndex, chunksIn, runsOf } from '../units.js'
import { decide } from './decide.js'
import { Membership } from './membership.js'
import { noteNeighbour } from './note-neighbour.js'
import { PlanTime } from './plan-time.js'
import { type Playback, playbackAt } from './playback.js'
import { Responses } from './responses.js'
import type { NeighbourEvent, ViewerAction, ViewerEvent } from './viewer-messages.js'

/** After the origin failed it is left alone for this long, if others can give. */
const ORIGIN_PAUSE_MS = 2_000

export interface ViewerOptions {
  readonly chunkCount: number
  /** What is here at the beginning; kept up to date from then on, and nobody else's to change. */
  readonly held: ChunkSet
  /** Whether there is an origin that may give chunks. */
  readonly hasOrigin: boolean
  /** Whether there is anybody to ask for other viewers, and that is allowed now. */
  readonly maySearch: boolean
}

export class Viewer {
  readonly held: ChunkSet
  readonly #book: SourceBook
  readonly #options: ViewerOptions
  readonly #responses = new Responses()
  readonly #line = new OriginLine()
  readonly #membership: Membership
  #playback: Playback | undefined
  #playbackAtMs = 0
  #hasRoom = true
  #originShutUntilMs = Number.NEGATIVE_INFINITY
  readonly #time = new PlanTime()

  constructor(options: ViewerOptions) {
    this.#options = options
    this.held = options.held
    this.#book = new SourceBook(options.chunkCount)
    this.#membership = new Membership(options.maySearch)
  }

  /** When to send `due`; `undefined`: not before something happens. */
  get dueAtMs(): number | undefined {
    return this.#time.dueAtMs
  }

  /** Neighbours that have said hello. */
  get neighbourCount(): number {
    return this.#book.size
  }

  /** Whether its swarm was left, as nobody has the resource any more. */
  get isResting(): boolean {
    return this.#membership.isResting
  }

  /** Whether an open response waits for what the origin gave to another, and is not kept yet. */
  get isArrivingAwaited(): boolean {
    return this.#responses.isArrivingAwaited
  }

  /** Takes an event, and says what follows at once. */
  on(event: ViewerEvent, nowMs: number): ViewerAction[] {
    const actions: ViewerAction[] = []
    switch (event.type) {
      case 'opened':
        this.#membership.asked(event.demand.isPlayed, nowMs)
        this.#responses.add(event.demand, nowMs)
        this.#joinIfWatched(actions, nowMs)
        break
      case 'closed':
        this.#responses.close(event.demand)
        break
      case 'needed':
        this.#onNeeded(event, nowMs, actions)
        break
      case 'fetched':
        this.#onFetched(event.demand, event.index, nowMs)
        return this.#later(actions, nowMs)
      case 'origin-ended':
        this.#responses.open.get(event.demand)?.originEnded()
        break
      case 'origin-failed':
        this.#responses.open.get(event.demand)?.originFailed()
        this.#originShutUntilMs = nowMs + ORIGIN_PAUSE_MS
        break
      case 'stored':
        for (const index of chunksIn(event.runs)) this.#onGiven(index, actions, nowMs)
        return this.#later(actions, nowMs)
      case 'found':
        if (this.#responses.open.get(event.demand)?.missing.delete(event.index)) {
          actions.push({ type: 'give', demand: event.demand, index: event.index })
          this.#onGiven(event.index, actions, nowMs)
        }
        return this.#later(actions, nowMs)
      case 'kept':
        this.#onKept(event, actions, nowMs)
        return this.#later(actions, nowMs)
      case 'not-kept':
        this.#responses.arrived(event.index)
        break
      case 'lost':
        for (const each of event.runs) this.held.deleteRun(each)
        actions.push({ type: 'send-lost', runs: event.runs })
        break
      case 'room':
        this.#hasRoom = event.hasRoom
        return actions
      case 'playback':
        this.#playback = event.playback
        this.#playbackAtMs = nowMs
        if (event.playback?.durationMs !== undefined) this.#responses.headRead()
        if (event.playback?.isPlaying) this.#membership.asked(true, nowMs)
        this.#joinIfWatched(actions, nowMs)
        break
      case 'presence':
        // An element that was removed from its page while it played fires no more events.
        if (!event.isShown) this.#playback = undefined
        return this.#membership.look(event.isShown, nowMs)
      case 'sharing':
        actions.push(...this.#membership.share(event.isAllowed, nowMs))
        this.#joinIfWatched(actions, nowMs)
        break
      case 'seeding':
        actions.push(...this.#membership.seed(event.stays, nowMs))
        break
      case 'unreachable':
        this.#membership.endSearch()
        break
      case 'counted':
        this.#membership.counted(event.viewers)
        break
      case 'due':
        return this.#time.isDue(nowMs) ? this.#plan(nowMs) : actions
      default:
        return this.#onNeighbour(event, actions, nowMs)
    }
    this.#time.atOnce(nowMs)
    return actions
  }

  /** Something has happened that can wait a little. */
  #later(actions: ViewerAction[], nowMs: number): ViewerAction[] {
    this.#time.soon(nowMs)
    return actions
  }

  #onNeighbour(event: NeighbourEvent, actions: ViewerAction[], nowMs: number): ViewerAction[] {
    const isFound = event.type === 'have' && this.#membership.endSearch()
    const urgency = noteNeighbour(this.#book, this.held, event, nowMs)
    if (urgency === 'soon' || isFound) return this.#later(actions, nowMs)
    if (urgency === 'at-once') this.#time.atOnce(nowMs)
    return actions
  }

  #onNeeded(
    { demand, cursor, runs }: Extract<ViewerEvent, { type: 'needed' }>,
    nowMs: number,
    actions: ViewerAction[],
  ): void {
    const asking = this.#responses.open.get(demand)
    if (asking) this.#membership.asked(asking.isPlayed, nowMs)
    asking?.need(cursor, runs, nowMs)
    const held = runsOf([...chunksIn(runs)].filter(index => this.held.has(index)))
    if (held.length > 0) actions.push({ type: 'read', demand, runs: held })
  }

  #onFetched(id: number, index: ChunkIndex, nowMs: number): void {
    const demand = this.#responses.open.get(id)
    if (demand) this.#line.came(nowMs, demand.neededAtMs)
    this.#responses.fetched(id, index, nowMs)
  }

  /** A video was given a chunk. */
  #onGiven(index: ChunkIndex, actions: ViewerAction[], nowMs: number): void {
    this.held.add(index)
    this.#responses.handed()
    if (this.#responses.isLoaderWatching) this.#join(actions, nowMs)
  }

  #onKept(
    { index, peer }: Extract<ViewerEvent, { type: 'kept' }>,
    actions: ViewerAction[],
    nowMs: number,
  ): void {
    const isNew = !this.held.has(index)
    this.#responses.arrived(index)
    if (isNew) actions.push({ type: 'send-have', index })
    this.held.add(index)
    const neighbour = peer === undefined ? undefined : this.#book.get(peer)
    // A neighbour that gives its first true chunk is trusted with more, which is to be asked for at once.
    if (neighbour?.isProven === false) this.#time.atOnce(nowMs)
    neighbour?.checked(index, true, { isNew, nowMs })
    if (peer !== undefined && neighbour?.isWasteful) actions.push({ type: 'let-go', peer })
    const waiting = this.#responses.settle(index)
    for (const demand of waiting) actions.push({ type: 'give', demand, index })
    if (waiting.length > 0 || peer === undefined) this.#onGiven(index, actions, nowMs)
  }

  /** Without an origin nothing plays that would show that it is time to search. */
  #joinIfWatched(actions: ViewerAction[], nowMs: number): void {
    const isWaiting = !this.#options.hasOrigin && this.#responses.open.size > 0
    if (this.#playback?.isPlaying || isWaiting) this.#join(actions, nowMs)
  }

  #join(actions: ViewerAction[], nowMs: number): void {
    actions.push(...this.#membership.join(nowMs))
  }

  #plan(nowMs: number): ViewerAction[] {
    const actions: ViewerAction[] = []
    const isOriginShut = nowMs < this.#originShutUntilMs
    const demands = [...this.#responses.open.values()]
    // If the origin does not give, nothing plays that would show that it is time to search.
    if (isOriginShut || demands.some(each => each.isOriginStalled(nowMs)))
      this.#join(actions, nowMs)
    const decided = decide(
      {
        chunkCount: this.#options.chunkCount,
        held: this.held,
        book: this.#book,
        responses: this.#responses,
        line: this.#line,
        search: this.#membership.searchAt(nowMs),
        playback: this.#playback && playbackAt(this.#playback, this.#playbackAtMs, nowMs),
        hasRoom: this.#hasRoom,
        isOriginOpen: this.#options.hasOrigin && !isOriginShut,
      },
      nowMs,
    )
    this.#time.planned(nowMs, [
      decided.againAtMs,
      this.#membership.searchEndsAtMs,
      isOriginShut ? this.#originShutUntilMs : undefined,
    ])
    return [...actions, ...decided.actions]
  }
}
