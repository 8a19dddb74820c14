/** What no scheduler can exceed (docs/scheduling.md): printed beside each result. */

import type { Crowd } from './swarm.js'

/**
 * The lesser of two bounds:
 *
 * - availability: the first viewer to come gets each chunk from the origin. For `c` concurrent viewers on average that prefetch
 *   everything at once, 1 − e^(−c) of the bytes can come from others; and never more than 1 − 1/N of N viewers
 * - supply: what viewers upload, over what they play

 */
export function offloadBound({ viewers, arrivalMs, film, lines, lingerMs }: Crowd): number {
  const concurrent = (film.durationMs + lingerMs) / Math.max(arrivalMs, 1e-9)
  const availability = Math.min(1 - Math.exp(-concurrent), 1 - 1 / viewers)
  const supply =
    ((lines.upBytesPerSecond * 8) / film.bitsPerSecond) * (1 + lingerMs / film.durationMs)
  return Math.max(0, Math.min(1, availability, supply))
}
