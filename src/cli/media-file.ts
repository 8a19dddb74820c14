/** A video or audio file on disk, opened to make its manifest. */

import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { SwarmtagError } from '../core/errors.js'
import { ChunkMap } from '../core/format/chunk-map.js'
import { MEDIA_EXTENSIONS, mediaTypeOf } from '../core/format/media-type.js'
import { buildManifest } from '../store/manifest.js'
import { readChunks } from './file-chunks.js'
import { systemCodeOf, unreadable } from './file-errors.js'
import type { Signer } from './signing.js'

/** A manifest and what is printed about it. */
export interface FileManifest {
  /** The root as text. */
  readonly id: string
  readonly chunkCount: number
  readonly bytes: Uint8Array
}

export interface ReadOptions {
  /** Stops the work at the next MiB; its reason is thrown. */
  readonly signal?: AbortSignal
  /** Called for every MiB read. */
  readonly onProgress?: (readBytes: number, sizeBytes: number) => void
  /** Signs the manifest. @default unsigned */
  readonly signer?: Signer | undefined
}

export class MediaFile {
  private constructor(
    readonly path: string,
    readonly type: string,
    readonly sizeBytes: number,
    readonly mtimeMs: number,
    readonly handle: FileHandle,
  ) {}

  /**
   * @throws SwarmtagError `file-unreadable` if the file is missing, not permitted, empty, no regular
   * file or of a type that is not shared
   */
  static async open(path: string): Promise<MediaFile> {
    try {
      // Checked before it is opened, as opening a named pipe waits for a writer.
      const stats = await stat(path)
      if (stats.isDirectory()) throw refused(path, 'it is a folder')
      if (!stats.isFile()) throw refused(path, 'it is no regular file')
      const type = mediaTypeOf(path)
      if (!type)
        throw refused(path, `not video or audio by its name (${MEDIA_EXTENSIONS.join(' ')})`)
      if (stats.size === 0) throw refused(path, 'it is empty')
      const { size, mtimeMs } = stats
      return new MediaFile(path, type, size, mtimeMs, await open(path, 'r'))
    } catch (error) {
      throw error instanceof SwarmtagError ? error : unreadable(path, error)
    }
  }

  /**
   * Reads and hashes the whole file.
   *
   * @throws SwarmtagError `file-unreadable` if reading fails or the file is written to meanwhile
   */
  async manifest({ signal, onProgress, signer }: ReadOptions = {}): Promise<FileManifest> {
    const { path, type, sizeBytes } = this
    try {
      const chunks = readChunks(this.handle, sizeBytes, {
        ...(signal && { signal }),
        onProgress: readBytes => onProgress?.(readBytes, sizeBytes),
      })
      const about = { name: basename(path), type, sizeBytes }
      const signed = signer && { signed: signer.signed() }
      const { id, bytes } = await buildManifest({ ...about, ...signed }, chunks)
      signer?.sign(bytes)
      if (await this.#isChanged()) throw refused(path, 'it was written to while it was read')
      return { id, bytes, chunkCount: new ChunkMap(sizeBytes).chunkCount }
    } catch (error) {
      throw typeof systemCodeOf(error) === 'string' ? unreadable(path, error) : error
    }
  }

  close(): Promise<void> {
    return this.handle.close()
  }

  async #isChanged(): Promise<boolean> {
    const now = await this.handle.stat()
    return now.size !== this.sizeBytes || now.mtimeMs !== this.mtimeMs
  }
}

const refused = (path: string, why: string) =>
  new SwarmtagError('file-unreadable', `cannot share ${path}: ${why}`)
