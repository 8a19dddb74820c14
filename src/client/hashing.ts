/** Has a thread of its own make the manifest of a file. */

import { type HashAsk, readHashSays } from '../bridge/hash-messages.js'
import { SwarmtagError } from '../core/errors.js'

/** What is used of the `Worker` that runs `swarmtag-hash.js`. */
export interface HashThread {
  onmessage: ((event: MessageEvent<unknown>) => void) | null
  onerror: ((event: ErrorEvent) => void) | null
  postMessage(ask: HashAsk): void
  terminate(): void
}

export interface HashingOptions {
  readonly signal: AbortSignal
  /** Called with how many bytes of the file were read. */
  onProgress(readBytes: number): void
}

/**
 * Hashes a file.
 *
 * @param thread - it is ended in any case
 * @returns the whole manifest
 * @throws SwarmtagError `unsupported` if the thread does not run; `file-unreadable`; the signal's reason
 */
export async function hashFile(
  thread: HashThread,
  ask: HashAsk,
  { signal, onProgress }: HashingOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const hashed = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    thread.onmessage = ({ data }) => {
      const message = readHashSays(data)
      if (message?.type === 'progress') onProgress(message.readBytes)
      else if (message?.type === 'hashed') resolve(message.manifest)
      else if (message) reject(new SwarmtagError('file-unreadable', message.detail))
      else reject(missing('it is of another release'))
    }
    thread.onerror = () => reject(missing('it could not be loaded'))
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  try {
    signal.throwIfAborted()
    thread.postMessage(ask)
    return await hashed
  } finally {
    thread.terminate()
  }
}

const missing = (why: string) =>
  new SwarmtagError('unsupported', `host swarmtag-hash.js beside swarmtag.js: ${why}`)
