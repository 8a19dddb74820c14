/**
 * trystero's strategy for WebTorrent trackers, in our own words: it asks for neighbours while there are
 * too few, sends no more offers than are wanted, and answers an offer at once. trystero's own keeps 20
 * connections warm and leaves half of all pairs waiting for a tracker's next interval of two minutes
 * (docs/decisions/tracker-strategy.md).
 */

import { createStrategy, type JoinRoomCallbacks, type Room, sha1 } from 'trystero'
import { ID_CHARACTERS } from '../core/peers/peer-name.js'
import { certify } from './connections.js'
import { openerOf } from './sealing.js'
import { type Tracker, trackerAt } from './tracker.js'
import { type TrackerRoomConfig, TrackerTopic, wake } from './tracker-topic.js'

export interface TrackerRoom {
  readonly room: Room
  /** Looks for others, where a neighbour has gone. */
  lookForMore(): void
  /** Whether an offer of this viewer's still waits for an answer. */
  isOffered(offerId: string): boolean
  /** Withdraws an offer; whether it still waited. */
  withdraw(offerId: string): boolean
  /** Announces at once that this viewer has left. */
  leave(): void
}

/**
 * Joins a room of trystero, through WebTorrent trackers. Each room has a strategy of its own, or trystero
 * would make the connections of all as those of the first.
 */
export function joinTrackers(
  config: TrackerRoomConfig,
  roomId: string,
  callbacks: JoinRoomCallbacks,
): TrackerRoom {
  const used = config.trackers.map(url => trackerAt(url, config.Socket))
  const topics = new Map<Tracker, TrackerTopic>()
  const open = openerOf(config.password ?? '', config.appId, roomId)
  let isLeft = false
  const join = createStrategy<Tracker, TrackerRoomConfig>({
    init: () => used.map(tracker => tracker.ready),
    subscribe: async (tracker, rootTopic, _selfTopic, onMessage, makeOffers) => {
      const infoHash = (await sha1(rootTopic)).slice(0, ID_CHARACTERS)
      // The first wake makes trystero prepare 20 connections, which it does not get.
      await wake(rootTopic, onMessage)
      await certify()
      if (isLeft) return () => {}
      config.connections.unlock()
      const room = { config, open, makeOffers, onMessage }
      const topic = new TrackerTopic(tracker, infoHash, rootTopic, room)
      tracker.topics.set(infoHash, topic)
      topics.set(tracker, topic)
      return () => {}
    },
    // Announcing is the topic's own business; trystero need not think of it again.
    announce: () => ({ stopAnnouncing: true }),
  })
  const leave = () => {
    isLeft = true
    for (const [tracker, topic] of topics) {
      tracker.topics.delete(topic.infoHash)
      topic.leave()
    }
    for (const tracker of used) tracker.release()
  }
  return {
    room: join(config, roomId, callbacks),
    lookForMore: () => {
      for (const topic of topics.values()) topic.lookForMore()
    },
    isOffered: offerId => [...topics.values()].some(topic => topic.isOffered(offerId)),
    withdraw: offerId => [...topics.values()].some(topic => topic.withdraw(offerId)),
    leave,
  }
}
