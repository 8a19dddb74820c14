/** Files that appear whole or not at all. */

import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unwritable } from './file-errors.js'

/**
 * Writes a file by way of a temporary one beside it, which is made first, so that a folder that cannot
 * be written to is known before the work, and removed where the work fails.
 *
 * @param make - does the work; what it throws is thrown on
 * @throws SwarmtagError `file-unwritable`
 */
export async function writeAtomically<Made extends { readonly bytes: Uint8Array }>(
  path: string,
  make: () => Promise<Made>,
): Promise<Made> {
  const temporary = join(dirname(path), `.swarmtag-${randomBytes(6).toString('hex')}.tmp`)
  const handle = await orUnwritable(path, open(temporary, 'wx'))
  try {
    const made = await closing(handle, async () => {
      const made = await make()
      await orUnwritable(path, handle.writeFile(made.bytes))
      return made
    })
    await orUnwritable(path, rename(temporary, path))
    return made
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Closed ahead of the rename: Windows renames no open file. */
async function closing<Result>(handle: FileHandle, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    await handle.close()
  }
}

async function orUnwritable<Result>(path: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (cause) {
    throw unwritable(path, cause)
  }
}
