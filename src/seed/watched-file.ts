/** A film's file as it was when it was opened, to find that it is another by now. */

import { type FileHandle, stat } from 'node:fs/promises'

export class WatchedFile {
  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
    readonly sizeBytes: number,
    readonly inode: number,
    readonly mtimeMs: number,
  ) {}

  static async of(path: string, handle: FileHandle): Promise<WatchedFile> {
    const { size, ino, mtimeMs } = await handle.stat()
    return new WatchedFile(path, handle, size, ino, mtimeMs)
  }

  /** What happened to the file since; `undefined`: nothing. */
  async change(): Promise<'gone' | 'changed' | undefined> {
    try {
      const { size, ino, mtimeMs } = await stat(this.path)
      const isSame = size === this.sizeBytes && ino === this.inode && mtimeMs === this.mtimeMs
      return isSame ? undefined : 'changed'
    } catch {
      return 'gone'
    }
  }
}
