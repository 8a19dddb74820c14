/** `swarmtag seed FILE|URL…`: gives films to their viewers until it is stopped. */

import { once } from 'node:events'
import { SwarmtagError } from '../core/errors.js'
import type { Seeder } from '../seed/seeder.js'
import type { Manifest } from '../store/manifest.js'
import { createToken } from './admission.js'
import type { Terminal } from './manifest-command.js'
import { MediaFile } from './media-file.js'
import { printable } from './printable.js'
import { ProgressBar } from './progress-bar.js'
import { isUrl, type SeedOptions } from './seed-line.js'
import { SeedProgress } from './seed-progress.js'
import { publicKeyOf, readKey } from './signing.js'

/** Only this command needs the engine and WebRTC. */
const loadSeeder = () => import('../seed/seeder.js')

/**
 * Gives each film that can be given, until the terminal's signal or until none is left.
 *
 * @returns the exit code: 1 where a film failed, or none is left to be given
 * @throws SwarmtagError `unsupported` where WebRTC is not installed; the signal's reason where it came before the first film was given
 */
export async function seedCommand(
  { films, admission, ...options }: SeedOptions,
  { stdout, stderr, signal }: Terminal,
): Promise<number> {
  const tokens = admission && (await tokensOf(admission))
  const { Seeder } = await loadSeeder()
  const over = new AbortController()
  const progress = new SeedProgress({ stdout, stderr }, () => seeder.figures)
  const warn = (line: string) => {
    exitCode = 1
    progress.warn(line)
  }
  let exitCode = 0
  const onOver = () => over.abort()
  const seeder = await Seeder.start({ ...options, admission: tokens, onNotice: warn, onOver })
  try {
    for (const film of films) {
      try {
        const id = isUrl(film)
          ? await seeder.giveUrl(film)
          : await giveFile(seeder, film, { stdout, stderr, signal })
        stdout.write(`seeding ${printable(film)}\t${id}\n`)
      } catch (error) {
        if (!(error instanceof SwarmtagError)) throw error
        warn(error.detail)
      }
    }
    if (seeder.figures.films === 0) return 1
    progress.start()
    if (!signal.aborted && !over.signal.aborted)
      await Promise.race([once(signal, 'abort'), once(over.signal, 'abort')])
    return signal.aborted ? 0 : exitCode
  } finally {
    progress.stop()
    await seeder.stop()
  }
}

/**
 * Has the seeder make its own tokens: whoever runs it has the key that the site has.
 *
 * @throws SwarmtagError `file-unreadable` where the file holds no private key
 */
async function tokensOf({ keyFile, site }: NonNullable<SeedOptions['admission']>) {
  const privateKey = await readKey(keyFile)
  const ask = async (peerKey: string, root: string) =>
    createToken({ privateKey, peerKey, site, root })
  return { siteKey: publicKeyOf(privateKey), site, ask }
}

/** @throws SwarmtagError `file-unreadable` */
async function giveFile(seeder: Seeder, path: string, terminal: Terminal): Promise<string> {
  const file = await MediaFile.open(path)
  try {
    const manifest = await manifestOf(file, terminal)
    await seeder.giveFile(path, file.handle, manifest)
    return manifest.id
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The manifest beside a file, or one that is made and not written: what is published is the site's to say. */
async function manifestOf(file: MediaFile, { stderr, signal }: Terminal): Promise<Manifest> {
  const { describes, manifestOf: fromBytes, openManifest } = await loadSeeder()
  const path = `${file.path}.swarm`
  const found = await openManifest(path).catch(() => 'unreadable' as const)
  if (found && found !== 'unreadable' && (await describes(found, file.handle))) return found
  if (found)
    stderr.write(`swarmtag: ${printable(path)} is not of this file: it is read to make another\n`)
  const bar = new ProgressBar(stderr, file.path)
  try {
    const { bytes } = await file.manifest({ signal, onProgress: bar.update.bind(bar) })
    return await fromBytes(new Uint8Array(bytes))
  } finally {
    bar.stop()
  }
}
