/** What the swarm takes from a browser's `RTCPeerConnection`, and libdatachannel does in another way. */

import { afterEach, expect, test, vi } from 'vitest'
import { loadWebRtc } from '../../../src/seed/peer-connection.js'
import { remoteAddressesOf } from '../../../src/swarm/addresses.js'
import { FIRST_LANE } from '../../../src/swarm/lane.js'
import { connected } from '../../contract/connected.js'

const { PeerConnection } = await loadWebRtc()
const connections: RTCPeerConnection[] = []
const connection = () => {
  const made = new PeerConnection({ iceServers: [] })
  connections.push(made)
  return made
}
afterEach(() => {
  for (const each of connections.splice(0)) each.close()
})

const pair = async () => {
  const both = await connected(PeerConnection)
  connections.push(...both)
  return both
}

const OURS = { negotiated: true, id: FIRST_LANE }

test('what a peer says before anybody listens is kept, and comes first', async () => {
  const [caller, callee] = await pair()
  const theirs = caller.createDataChannel('swarmtag', OURS)
  await vi.waitFor(() => expect(theirs.readyState).toBe('open'))
  const sent = Array.from({ length: 5 }, (_, each) => new Uint8Array([each]))
  for (const each of sent) theirs.send(each)
  const marker = caller.createDataChannel('marker')
  await new Promise(resolve => callee.addEventListener('datachannel', resolve, { once: true }))
  const received: number[] = []
  const ours = callee.createDataChannel('swarmtag', OURS)
  ours.onmessage = ({ data }) => received.push(...new Uint8Array(data))
  theirs.send(new Uint8Array([5]))
  await vi.waitFor(() => expect(received).toHaveLength(6))
  expect(received).toEqual([0, 1, 2, 3, 4, 5])
  expect(marker.label).toBe('marker')
})

test('a peer that says too much before anybody listens is hung up on', async () => {
  const [caller, callee] = await pair()
  const theirs = caller.createDataChannel('swarmtag', OURS)
  await vi.waitFor(() => expect(theirs.readyState).toBe('open'))
  for (let at = 0; at < 65; at++) theirs.send(new Uint8Array([at]))
  await vi.waitFor(() => expect(callee.connectionState).toBe('closed'), { timeout: 10_000 })
})

test('what an offer did not describe has no description', async () => {
  const callee = connection()
  expect(callee.localDescription).toBeNull()
  await expect(callee.setRemoteDescription({ type: 'offer', sdp: 'nonsense' })).rejects.toThrow()
  expect(callee.localDescription).toBeNull()
  expect(callee.remoteDescription).toBeNull()
})

test('the address of a peer is known, by which an attacker is banned', async () => {
  const [caller] = await pair()
  const { claimed, reached } = await remoteAddressesOf(caller)
  expect(reached).toHaveLength(1)
  expect(claimed).toEqual(reached)
})
