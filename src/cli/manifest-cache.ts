/** Manifests of files that were published without one, made at their first request. */

import { createHash } from 'node:crypto'
import { mkdtemp, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MediaFile } from './media-file.js'
import { writeAtomically } from './write-atomically.js'

/** A file in the state in which it was found. */
export interface FoundFile {
  readonly path: string
  readonly sizeBytes: number
  readonly mtimeMs: number
}

export class ManifestCache {
  readonly #building = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()
  #folder: Promise<string> | undefined

  /**
   * The manifest of a file in its present state, as a file of the operating system's temporary folder.
   * Concurrent calls share the work.
   *
   * @throws SwarmtagError `file-unreadable`, `file-unwritable`, or the signal's reason after `close()`
   */
  async manifestOf({ path, sizeBytes, mtimeMs }: FoundFile): Promise<string> {
    this.#closing.signal.throwIfAborted()
    this.#folder ??= mkdtemp(join(tmpdir(), 'swarmtag-'))
    const key = createHash('sha256').update(`${sizeBytes} ${mtimeMs} ${path}`).digest('hex')
    const manifest = join(await this.#folder, `${key}.swarm`)
    let building = this.#building.get(key)
    if (!building) {
      building = this.#build({ path, sizeBytes, mtimeMs }, manifest).finally(() =>
        this.#building.delete(key),
      )
      this.#building.set(key, building)
    }
    await building
    return manifest
  }

  /** Stops what is being made and removes everything. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#building.values())
    const folder = await this.#folder?.catch(() => undefined)
    if (folder) await rm(folder, { recursive: true, force: true })
  }

  async #build({ path, mtimeMs }: FoundFile, manifest: string): Promise<void> {
    if (await exists(manifest)) return
    const file = await MediaFile.open(path)
    try {
      const { signal } = this.#closing
      await writeAtomically(manifest, () => file.manifest({ signal }))
      // The manifest is as new as its video, so its validators change when the video does.
      await utimes(manifest, mtimeMs / 1000, mtimeMs / 1000)
    } finally {
      await file.close()
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
