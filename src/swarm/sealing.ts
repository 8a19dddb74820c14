/**
 * Descriptions go through trackers sealed with a key that whoever has the manifest can make, as trystero does it. They are
 * opened ahead of trystero, which makes a connection for whatever it is given (docs/protocol.md, 4.1).
 */

const ALGORITHM = 'AES-GCM'

/** Opens what was sealed for a room. What it returns rejects for what was not. */
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
