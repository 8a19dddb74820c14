/** Chance that is the same in every run of one seed. */

import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export class Random {
  readonly #generator

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed)
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    return uniformInt(this.#generator, 0, end - 1)
  }

  /** From 0 up to 1. */
  share(): number {
    return this.below(2 ** 30) / 2 ** 30
  }

  /** Time to the next of events that come independently of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.share())
  }

  /** Some of a list, in an order of chance. */
  some<Value>(list: readonly Value[], count: number): Value[] {
    const left = [...list]
    const picked: Value[] = []
    while (picked.length < count && left.length > 0) {
      const at = this.below(left.length)
      const [value] = left.splice(at, 1, ...left.slice(-1))
      left.pop()
      if (value !== undefined) picked.push(value)
    }
    return picked
  }
}
