/** Two real connections that have reached each other, as once they have met in a room. */
export async function connected(
  PeerConnection: typeof RTCPeerConnection,
): Promise<[RTCPeerConnection, RTCPeerConnection]> {
  const [caller, callee] = [new PeerConnection(), new PeerConnection()]
  const channel = caller.createDataChannel('data')
  await caller.setLocalDescription(await caller.createOffer())
  await gathered(caller)
  await callee.setRemoteDescription({ type: 'offer', sdp: caller.localDescription?.sdp ?? '' })
  await callee.setLocalDescription(await callee.createAnswer())
  await gathered(callee)
  await caller.setRemoteDescription({ type: 'answer', sdp: callee.localDescription?.sdp ?? '' })
  while (channel.readyState !== 'open') await new Promise(resolve => setTimeout(resolve, 10))
  return [caller, callee]
}

async function gathered(connection: RTCPeerConnection): Promise<void> {
  while (connection.iceGatheringState !== 'complete')
    await new Promise(resolve => setTimeout(resolve, 10))
}
