/** Checks single options: values from a script, or texts from attributes of the tag. */

import { SwarmtagError } from '../core/errors.js'

/** Converts a given value; throws if it is invalid. */
export type Check<Value> = (value: unknown, name: string) => Value

/** Settings, and what was wrong with the options; for an invalid one its default is used. */
export interface Checked<Settings> {
  readonly settings: Settings
  readonly problems: readonly SwarmtagError[]
}

/** Reads options one by one, and collects what is wrong with them. */
export class OptionReader {
  readonly problems: SwarmtagError[] = []
  readonly #given: ReadonlyMap<string, unknown>

  constructor(options: object) {
    this.#given = new Map(Object.entries(options))
  }

  /** An option's value, or `other` if it was not given or is invalid. */
  read<Value, Other>(name: string, check: Check<Value>, other: Other): Value | Other {
    const value = this.#given.get(name)
    if (value === undefined) return other
    try {
      return check(value, name)
    } catch (error) {
      this.problems.push(error instanceof SwarmtagError ? error : invalid(name, String(error)))
      return other
    }
  }
}

/** A list of strings, or one string separated by white space or commas. */
export const strings: Check<string[]> = (value, name) => {
  const list = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value
  if (!Array.isArray(list) || !list.every(each => typeof each === 'string'))
    throw invalid(name, 'it is no list of texts')
  return list
}

export const oneOf =
  <Word extends string>(...words: Word[]): Check<Word> =>
  (value, name) => {
    const word = words.find(each => each === value)
    if (!word) throw invalid(name, `${value} is none of ${words.join(', ')}`)
    return word
  }

export const urlFrom =
  (pageUrl: string): Check<string> =>
  (value, name) => {
    if (typeof value !== 'string' || value === '') throw invalid(name, 'it is no URL')
    return new URL(value, pageUrl).href
  }

export const amount: Check<number> = (value, name) => {
  const number = typeof value === 'string' ? Number(value.trim() || Number.NaN) : value
  if (typeof number !== 'number' || !(number >= 0)) throw invalid(name, `${value} is no number`)
  return number
}

export const invalid = (name: string, why: string) =>
  new SwarmtagError('option-invalid', `${name}: ${why}`)
