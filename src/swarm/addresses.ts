/** The addresses of both ends of a connection. */

import type { Ends } from '../core/peers/neighbourhood.js'
import { homeOf } from '../core/peers/network.js'

interface Report {
  readonly type: string
  readonly state?: string
  readonly nominated?: boolean
  readonly localCandidateId?: string
  readonly remoteCandidateId?: string
  readonly candidateType?: string
  readonly address?: string | null
}

/** The remote addresses in use; none if the connection is relayed, or the browser does not expose them. */
export async function addressesOf(connection: RTCPeerConnection): Promise<Ends> {
  const reports: ReadonlyMap<string, Report> = await connection.getStats().catch(() => new Map())
  for (const { type, state, nominated, localCandidateId, remoteCandidateId } of reports.values()) {
    if (type !== 'candidate-pair' || state !== 'succeeded' || nominated === false) continue
    const peer = reports.get(remoteCandidateId ?? '')
    if (peer?.candidateType === 'relay') return {}
    const own = reports.get(localCandidateId ?? '')
    return { own: own?.address ?? undefined, peers: peer?.address ?? undefined }
  }
  return {}
}

/**
 * All addresses that a peer claimed, and those at which it was reached: only the latter are banned, or it could
 * have others banned. Relays are left out, as others use them too.
 */
export async function remoteAddressesOf(connection: RTCPeerConnection) {
  // A closed connection, or one that is not a browser's, has no stats.
  const stats = [...((await connection.getStats().catch(() => undefined))?.values() ?? [])]
  const succeeded = stats.filter(({ state }) => state === 'succeeded')
  const reachedIds = new Set(succeeded.map(({ remoteCandidateId }) => remoteCandidateId))
  const remotes = stats.filter(
    ({ type, address, candidateType }) =>
      type === 'remote-candidate' && address && candidateType !== 'relay',
  )
  const reached = remotes.filter(({ id }) => reachedIds.has(id))
  const homes = (some: { address: string }[]) => some.map(({ address }) => homeOf(address))
  return { claimed: homes(remotes), reached: homes(reached) }
}
