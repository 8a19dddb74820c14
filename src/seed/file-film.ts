/** A film on disk, given away as it lies there: read when it is asked for, and never copied. */

import { type FileHandle, stat } from 'node:fs/promises'
import { roomForChunk } from '../core/format/chunk-bytes.js'
import type { ChunkMap } from '../core/format/chunk-map.js'
import { type ChunkRun, chunksIn, run } from '../core/units.js'
import type { StoredChunk } from '../store/chunk-storage.js'
import type { Film } from '../store/film.js'
import { fill } from './read-file.js'

export class FileFilm implements Film {
  readonly trouble = undefined

  private constructor(
    readonly name: string,
    readonly file: FileHandle,
    readonly map: ChunkMap,
    /** The file as it was when it was opened, to find that it is another by now. */
    readonly was: { readonly size: number; readonly ino: number; readonly mtimeMs: number },
  ) {}

  /** @param file - closes with the film */
  static async of(path: string, file: FileHandle, map: ChunkMap): Promise<FileFilm> {
    return new FileFilm(path, file, map, await file.stat())
  }

  /** What cannot be read is not there: the file may have been cut. */
  async read(of: ChunkRun): Promise<StoredChunk[]> {
    const found: StoredChunk[] = []
    for (const index of chunksIn([of])) {
      const bytes = roomForChunk(this.map.bytesOf(index))
      const span = this.map.spanOf(run(index, index + 1))
      if (!(await fill(this.file, bytes, span.from).catch(() => false))) break
      found.push({ index, bytes })
    }
    return found
  }

  async change(): Promise<string | undefined> {
    const { size, ino, mtimeMs } = this.was
    try {
      const now = await stat(this.name)
      const isSame = now.size === size && now.ino === ino && now.mtimeMs === mtimeMs
      return isSame ? undefined : 'was changed or replaced'
    } catch {
      return 'is no longer there'
    }
  }

  close(): Promise<void> {
    return this.file.close()
  }
}
