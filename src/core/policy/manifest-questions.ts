/**
 * How often an origin is asked for manifests that it does not have. Files of one kind in one folder have manifests
 * or have none, as a rule: so where one has none the others are not asked for theirs, for a while that grows.
 */

/** How long a missing manifest is cached at first; twice as long each further time. */
const FIRST_REST_MS = 10 * 60_000
/** And at most for a day: so long a manifest that is published later may go unseen. */
const LAST_REST_MS = 24 * 3_600_000
/** For a file of this size its manifest is looked for whatever others lack: the question is nothing beside it. */
export const WORTH_ASKING_BYTES = 8 * 1_048_576

/** What came of asking for the manifest of a file, or for any of a folder. */
export interface Asked {
  readonly checkedAtMs: number
  /** How often in a row there was none; 0 if there is one, `undefined` if it was rejected. */
  readonly misses?: number
}

/**
 * What to expect of a file whose manifest is not at hand:
 *
 * - `absent`: it has none that can be used
 * - `unlikely`: others of its folder have none
 * - `doubtful`: it had none, or its folder, so long ago that it is time to look again
 * - `unknown`: nothing speaks against it
 */
export type Expectation = 'absent' | 'unlikely' | 'doubtful' | 'unknown'

export function expectation(
  file: Asked | undefined,
  folder: Asked | undefined,
  nowMs: number,
): Expectation {
  if (file?.misses === 0) return 'unknown'
  if (file && isResting(file, nowMs)) return 'absent'
  if (folder?.misses) {
    if (!isResting(folder, nowMs)) return 'doubtful'
    return file ? 'absent' : 'unlikely'
  }
  return file?.misses ? 'doubtful' : 'unknown'
}

/** Also where the clock was put back since. */
const isResting = ({ checkedAtMs, misses = 1 }: Asked, nowMs: number): boolean =>
  Math.abs(nowMs - checkedAtMs) < Math.min(FIRST_REST_MS * 2 ** (misses - 1), LAST_REST_MS)

/** The name of all files of a kind in a file's folder; no file has it, as names of files have no fragment. */
export function folderOf(name: string): string {
  const [path = ''] = name.split('?', 1)
  const at = path.lastIndexOf('/') + 1
  const extension = /\.[^.]*$/.exec(path.slice(at))?.[0] ?? ''
  return `${path.slice(0, at)}#*${extension.toLowerCase()}`
}
