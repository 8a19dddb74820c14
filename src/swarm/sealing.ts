/**
 * Decrypts descriptions, which go through trackers under a key derived from the manifest, as trystero does. Before trystero,
 * as that makes a connection for whatever it is given (docs/protocol.md, 4.1).
 */

const ALGORITHM = 'AES-GCM'

/** Makes the decryption for a room; it rejects for other texts. */
export function openerOf(
  password: string,
  appId: string,
  roomId: string,
): (sealed: string) => Promise<string> {
  const secret = new TextEncoder().encode(`${password}:${appId}:${roomId}`)
  const key = crypto.subtle
    .digest('SHA-256', secret)
    .then(digest => crypto.subtle.importKey('raw', digest, ALGORITHM, false, ['decrypt']))
  return async sealed => {
    const [numbers = '', text = ''] = sealed.split('$')
    const iv = Uint8Array.from(numbers.split(','), Number)
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
    const opened = await crypto.subtle.decrypt({ name: ALGORITHM, iv }, await key, bytes)
    return new TextDecoder().decode(opened)
  }
}
