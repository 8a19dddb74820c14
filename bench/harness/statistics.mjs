/** What is said of repeated measurements: the middle and the edge, never the best. */

/**
 * @param {readonly number[]} samples
 * @param {number} share 0.5 is the median
 */
export function quantile(samples, share) {
  if (samples.length === 0) return Number.NaN
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)]
  const high = sorted[Math.ceil(at)]
  return low + (high - low) * (at - Math.floor(at))
}

/** @param {readonly number[]} samples */
export const median = samples => quantile(samples, 0.5)

/** @param {readonly number[]} samples */
export const p95 = samples => quantile(samples, 0.95)

/** @param {readonly number[]} samples */
export const mean = samples => samples.reduce((sum, each) => sum + each, 0) / samples.length
