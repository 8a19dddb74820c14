/** Where the two ends of a connection are. */

interface Addresses {
  readonly own?: string | undefined
  readonly peers?: string | undefined
}

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
export async function addressesOf(connection: RTCPeerConnection): Promise<Addresses> {
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
