/**
 * For sites that admit only their own visitors to their swarms: each side of a new connection shows a token that
 * the site signed for its key, and proves that the key is its own, before anything else is sent.
 */

import { SwarmtagError } from '../core/errors.js'
import { CLAIM_BYTES, decodeToken, proofPreimage } from '../core/format/token.js'
import { sameDigest } from '../store/digests.js'
import { fromBase64, importPublicKey, isSignedBy, signing } from '../store/signatures.js'
import type { Lane } from './lane.js'

/** A peer that shows no token within this time is refused. */
const SHOW_WAIT_MS = 10_000
/** Clocks may differ by this much; the own token is renewed as long before it expires. */
const LEEWAY_S = 30

const TOKEN_BYTES = 117
const KEY_BYTES = 65
const CARD_BYTES = TOKEN_BYTES + KEY_BYTES + 64

export interface AdmissionOptions {
  /** Public key with which the site signs tokens. */
  siteKey: string
  /** The site's origin. */
  site: string
  /** Asks the site for a token; `publicKey` is base64url. */
  ask(publicKey: string, root: string): Promise<string>
}

export class Admission {
  /** New for each page, and not extractable: a token is of no use without it. */
  readonly #keys = crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
  ]) as Promise<CryptoKeyPair>
  readonly #tokens = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()

  constructor(readonly options: AdmissionOptions) {}

  /**
   * The page's own token for a resource, requested if none is valid for a while.
   *
   * @throws SwarmtagError `admission-failed` if the site gives none
   */
  async token(root: string): Promise<Uint8Array<ArrayBuffer>> {
    const token = await this.#tokens.get(root)?.catch(() => undefined)
    const expiresAtS = token && decodeToken(token)?.claims.expiresAtS
    if (token && expiresAtS && expiresAtS - LEEWAY_S > Date.now() / 1_000) return token
    const asking = this.#ask(root)
    this.#tokens.set(root, asking)
    return asking
  }

  /**
   * Shows the token to the other side, and verifies the other's.
   *
   * @throws SwarmtagError `peer-refused` if the peer has no valid one
   */
  async check(lane: Lane, root: string): Promise<void> {
    const { admission: channel, connection } = lane
    channel.binaryType = 'arraybuffer'
    const card = this.#card(connection, root)
    const show = async () => {
      const bytes = await card
      if (channel.readyState === 'open') channel.send(bytes)
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const shown = new Promise<unknown>((resolve, reject) => {
      timer = setTimeout(() => reject(refused('it showed no token')), SHOW_WAIT_MS)
      channel.onclose = () => reject(refused('it left'))
      channel.onmessage = ({ data }) => resolve(data)
      channel.onopen = () => lane.maySpeak && show().catch(reject)
      if (channel.readyState === 'open' && lane.maySpeak) show().catch(reject)
    })
    try {
      const data = await shown
      // What was sent before the other side had its end of the channel was lost, so the first card is answered.
      await show()
      await this.#requireGood(data, connection, root)
    } finally {
      clearTimeout(timer)
      channel.onmessage = null
    }
  }

  async #ask(root: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const token = fromBase64(await this.options.ask(toBase64Url(await this.#publicKey()), root))
      if (token && decodeToken(token)) return token
      throw new SwarmtagError('admission-failed', 'what the site gave is no token')
    } catch (cause) {
      if (cause instanceof SwarmtagError) throw cause
      throw new SwarmtagError('admission-failed', `the site gave no token (${cause})`, { cause })
    }
  }

  async #publicKey(): Promise<Uint8Array<ArrayBuffer>> {
    const { publicKey } = await this.#keys
    return new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
  }

  /** Token ‖ public key ‖ proof that the key, and so the token, is that of this end of this connection. */
  async #card(connection: RTCPeerConnection, root: string): Promise<Uint8Array<ArrayBuffer>> {
    const { localDescription, remoteDescription } = connection
    const { privateKey } = await this.#keys
    const bound = proofPreimage(bindingOf(root, localDescription, remoteDescription))
    const proof = await crypto.subtle.sign(signing(privateKey), privateKey, bound)
    const parts = [await this.token(root), await this.#publicKey(), proof]
    return new Uint8Array(await new Blob(parts).arrayBuffer())
  }

  async #requireGood(data: unknown, connection: RTCPeerConnection, root: string): Promise<void> {
    if (!(data instanceof ArrayBuffer) || data.byteLength !== CARD_BYTES)
      throw refused('it showed something else than a token')
    const token = decodeToken(new Uint8Array(data.slice(0, TOKEN_BYTES)))
    const rawKey = new Uint8Array(data.slice(TOKEN_BYTES, TOKEN_BYTES + KEY_BYTES))
    const proof = new Uint8Array(data.slice(TOKEN_BYTES + KEY_BYTES))
    if (!token) throw refused('its token is none')
    const { claims, preimage, signature } = token
    const siteKey = await importPublicKey(this.options.siteKey)
    if (!(await isSignedBy(siteKey, signature, preimage)))
      throw refused('its token is not signed by the site')
    if (claims.expiresAtS + LEEWAY_S < Date.now() / 1_000) throw refused('its token has expired')
    const text = new TextEncoder()
    if (!(await isDigestOf(claims.site, text.encode(this.options.site))))
      throw refused('its token is for another site')
    const isForAll = claims.root.every(byte => byte === 0)
    if (!isForAll && !(await isDigestOf(claims.root, text.encode(root))))
      throw refused('its token is for another video')
    const { localDescription, remoteDescription } = connection
    const bound = proofPreimage(bindingOf(root, remoteDescription, localDescription))
    const isOwn =
      (await isDigestOf(claims.key, rawKey)) &&
      (await isSignedBy(await importPublicKey(toBase64Url(rawKey)), proof, bound))
    if (!isOwn) throw refused("its token is somebody else's")
  }
}

/**
 * Identifies a connection, from the signer's end: the certificates of both, which DTLS verifies and which are new for each
 * page. So a proof is of no use on a connection with another peer, even if it is relayed.
 */
function bindingOf(
  root: string,
  signer: RTCSessionDescription | null,
  verifier: RTCSessionDescription | null,
): Uint8Array {
  const certificates = [signer, verifier].map(description =>
    [...new Set(description?.sdp.toLowerCase().match(/^a=fingerprint:.*\S/gm))].sort().join(),
  )
  return new TextEncoder().encode([root, ...certificates].join('\n'))
}

const isDigestOf = async (digest: Uint8Array, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> =>
  sameDigest(digest, new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, CLAIM_BYTES))

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const refused = (why: string) => new SwarmtagError('peer-refused', `a peer was not let in: ${why}`)
