/** `swarmtag-hash.js`: makes the manifest of a file in a thread of its own, which the page ends. */

import { type HashAsk, type HashSays, readHashAsk } from '../bridge/hash-messages.js'
import { SwarmtagError } from '../core/errors.js'
import { digestChunkInPlace } from '../store/digests.js'
import { buildManifest } from '../store/manifest.js'
import { blobChunks } from './blob-chunks.js'

declare const self: DedicatedWorkerGlobalScope

const say = (message: HashSays, transfer: Transferable[] = []) =>
  self.postMessage(message, transfer)

async function hash({ file, name, mediaType }: HashAsk): Promise<void> {
  const about = { name, type: mediaType, sizeBytes: file.size }
  const chunks = blobChunks(file, readBytes => say({ type: 'progress', readBytes }))
  try {
    const { bytes } = await buildManifest(about, chunks, digestChunkInPlace)
    say({ type: 'hashed', manifest: bytes }, [bytes.buffer])
  } catch (error) {
    const detail = error instanceof SwarmtagError ? error.detail : String(error)
    say({ type: 'failed', detail })
  }
}

self.addEventListener('message', ({ data }) => {
  const ask = readHashAsk(data)
  if (ask) void hash(ask)
})
