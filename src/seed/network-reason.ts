/** Why a request came to nothing, said so that whoever runs the seeder knows what to do. */

const UNTRUSTED =
  'its certificate is signed by nobody that this machine trusts (NODE_EXTRA_CA_CERTS=FILE has Node trust one more)'

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOTFOUND', 'there is no host of this name'],
  ['EAI_AGAIN', "the host's name cannot be looked up now"],
  ['ECONNREFUSED', 'nobody answers at this address and port'],
  ['ECONNRESET', 'the connection was cut'],
  ['UND_ERR_SOCKET', 'the connection was cut'],
  ['EHOSTUNREACH', 'there is no way to the host'],
  ['ENETUNREACH', 'there is no way to the host'],
  ['ETIMEDOUT', 'no answer in time'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no answer in time'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', "its certificate is not valid yet, or this machine's clock is wrong"],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['EPROTO', 'it does not speak TLS there: is it http:// and not https://?'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS there: is it http:// and not https://?'],
  [
    'ERR_SSL_PACKET_LENGTH_TOO_LONG',
    'it does not speak TLS there: is it http:// and not https://?',
  ],
])

/** Looks through what `fetch` throws: the reason is the cause of a cause. */
export function networkReason(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each.name === 'TimeoutError') return 'no answer in time'
    const known = 'code' in each && REASONS.get(each.code)
    if (known) return known
    // Of a host with several addresses: all failed.
    if (each instanceof AggregateError) return networkReason(each.errors[0])
    if (!(each.cause instanceof Error)) return each.message
  }
  return String(error)
}
