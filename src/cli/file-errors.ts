/** What the file system refused, said so that the person at the command line knows what to do. */

import { SwarmtagError } from '../core/errors.js'

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'a part of the path is a file, not a folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ELOOP', 'its links lead in a circle'],
  ['EMFILE', 'too many files are open'],
])

/** The code that Node gives a failed system call, e.g. `ENOENT`. */
export const systemCodeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** A file that cannot be read, by the error of the call that failed. */
export const unreadable = (path: string, cause: unknown): SwarmtagError =>
  new SwarmtagError('file-unreadable', `cannot read ${path}: ${reasonOf(cause)}`, { cause })

/** A file that cannot be written, by the error of the call that failed. */
export const unwritable = (path: string, cause: unknown): SwarmtagError =>
  new SwarmtagError('file-unwritable', `cannot write ${path}: ${reasonOf(cause)}`, { cause })

function reasonOf(cause: unknown): string {
  const reason = REASONS.get(systemCodeOf(cause))
  return reason ?? (cause instanceof Error ? cause.message : String(cause))
}
