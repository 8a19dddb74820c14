import { vi } from 'vitest'
import { swarmPortContract } from './swarm-port.js'
import { rooms, webRtcPair } from './webrtc-pair.js'

vi.mock('../../src/swarm/room.js', () => ({
  joinRoom: (options: (typeof rooms)[number]) => {
    rooms.push(options)
    return { leave: () => {}, lookForMore: () => {} }
  },
}))

swarmPortContract('a swarm of a page', () => webRtcPair(RTCPeerConnection))
