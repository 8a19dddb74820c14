/** Where the two ends of a connection are. */

import { homeOf } from '../core/network.js'
import type { Ends } from '../core/policy/neighbourhood.js'

interface Report {
  readonly type: string
  readonly state?: string
  readonly nominated?: boolean
  readonly localCandidateId?: string
  readonly remoteCandidateId?: string
  readonly candidateType?: string
  readonly address?: string | null
}

/** The addresses that a connection goes by; none where it is relayed, or the browser does not tell. */
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
 * All addresses that a peer told of itself, and those at which it was reached: only these are banned, or it could
 * have others banned. Relays are neither, as others use them too.
 */
export async function remoteAddressesOf(connection: RTCPeerConnection) {
  // A connection that is closed, or not a browser's, tells nothing.
  const stats = [...((await connection.getStats().catch(() => undefined))?.values() ?? [])]
  const succeeded = stats.filter(({ state }) => state === 'succeeded')
  const reachedIds = new Set(succeeded.map(({ remoteCandidateId }) => remoteCandidateId))
  const remotes = stats.filter(
    ({ type, address, candidateType }) =>
      type === 'remote-candidate' && address && candidateType !== 'relay',
  )
  const reached = remotes.filter(({ id }) => reachedIds.has(id))
  const homes = (some: { address: string }[]) => some.map(({ address }) => homeOf(address))
  return { told: homes(remotes), reached: homes(reached) }
}
