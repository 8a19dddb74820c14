/** Shared by the parsers of the command line. */

import { SwarmtagError } from '../core/errors.js'

export const HELP = { help: { type: 'boolean', short: 'h' } } as const

export function wholeNumber(
  option: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw invalid(`${option} takes a whole number from ${min} to ${max}, not ${text || 'nothing'}`)
}

/** Wraps Node's error about the arguments. */
export function orInvalid<Result>(parse: () => Result): Result {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new SwarmtagError('option-invalid', cause.message.split('\n')[0] ?? '', { cause })
  }
}

export const invalid = (why: string) => new SwarmtagError('option-invalid', why)
