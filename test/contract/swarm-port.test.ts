import { vi } from 'vitest'
import { VirtualClock } from '../../sim/clock.js'
import { loadWebRtc } from '../../src/seed/peer-connection.js'
import { MemoryRoom } from '../unit/engine/memory-swarm.js'
import { settled } from '../unit/swarm/in-memory-channel.js'
import { swarmPortContract } from './swarm-port.js'
import { rooms, webRtcPair } from './webrtc-pair.js'

vi.mock('../../src/swarm/room.js', () => ({
  joinRoom: (options: (typeof rooms)[number]) => {
    rooms.push(options)
    return { leave: () => {}, lookForMore: () => {} }
  },
}))

swarmPortContract('a swarm in memory', async () => {
  const clock = new VirtualClock()
  const room = new MemoryRoom(clock)
  return {
    joins: [
      (shared, listener) => room.join('a', shared, listener),
      (shared, listener) => room.join('b', shared, listener),
    ],
    pass: async () => {
      await settled()
      clock.run(clock.nowMs() + 100)
      await settled()
    },
    end: async () => {},
  }
})

const { PeerConnection } = await loadWebRtc()

swarmPortContract('a swarm of Node', () => webRtcPair(PeerConnection))
