/** `swarmtag manifest FILE…`: a manifest beside each file. */

import { SwarmtagError } from '../core/errors.js'
import { type FileManifest, MediaFile } from './media-file.js'
import { printable } from './printable.js'
import { type BarStream, ProgressBar } from './progress-bar.js'
import type { Signer } from './signing.js'
import { writeAtomically } from './write-atomically.js'

/** A command's output, and the signal that stops it. */
export interface Terminal {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: BarStream
  readonly signal: AbortSignal
}

/**
 * Writes `FILE.swarm` for each file, one after the other, and goes on after one that fails.
 *
 * @returns the exit code: 1 if a file failed
 * @throws the signal's reason, once the unfinished file is removed
 */
export async function manifestCommand(
  files: readonly string[],
  { stdout, stderr, signal }: Terminal,
  signer?: Signer,
): Promise<number> {
  let exitCode = 0
  for (const file of files) {
    const bar = new ProgressBar(stderr, file)
    try {
      const { id, chunkCount } = await writeManifest(file, bar, signal, signer)
      bar.stop()
      stdout.write(`${printable(file)}.swarm\t${chunkCount} chunks\t${id}\n`)
    } catch (error) {
      bar.stop()
      if (!(error instanceof SwarmtagError)) throw error
      stderr.write(`swarmtag: ${printable(error.detail)}\n`)
      exitCode = 1
    }
  }
  return exitCode
}

async function writeManifest(
  path: string,
  bar: ProgressBar,
  signal: AbortSignal,
  signer: Signer | undefined,
): Promise<FileManifest> {
  const file = await MediaFile.open(path)
  try {
    const onProgress = bar.update.bind(bar)
    return await writeAtomically(`${path}.swarm`, () =>
      file.manifest({ signal, onProgress, signer }),
    )
  } finally {
    await file.close()
  }
}
