type Ends = [caller: RTCPeerConnection, callee: RTCPeerConnection]

/**
 * Two real connections that have reached each other, as once they have met in a room. On a busy machine libdatachannel
 * throws "Got a remote candidate without ICE transport" at 1 answer of 150: then others are made, as in a room.
 */
export async function connected(PeerConnection: typeof RTCPeerConnection): Promise<Ends> {
  for (let left = 3; ; left--) {
    const ends: Ends = [new PeerConnection(), new PeerConnection()]
    try {
      await connect(...ends)
      return ends
    } catch (error) {
      for (const each of ends) each.close()
      if (left === 1) throw error
    }
  }
}

async function connect(...[caller, callee]: Ends): Promise<void> {
  const channel = caller.createDataChannel('data')
  await caller.setLocalDescription(await caller.createOffer())
  await gathered(caller)
  await callee.setRemoteDescription({ type: 'offer', sdp: caller.localDescription?.sdp ?? '' })
  await callee.setLocalDescription(await callee.createAnswer())
  await gathered(callee)
  await caller.setRemoteDescription({ type: 'answer', sdp: callee.localDescription?.sdp ?? '' })
  while (channel.readyState !== 'open') await new Promise(resolve => setTimeout(resolve, 10))
}

async function gathered(connection: RTCPeerConnection): Promise<void> {
  while (connection.iceGatheringState !== 'complete')
    await new Promise(resolve => setTimeout(resolve, 10))
}
