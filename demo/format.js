// How the panel writes numbers: short, in steady widths, decimal units as browsers' own download lists use.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/**
 * @param {number} bytes
 * @returns {string} three significant digits at most, e.g. `11.1 MB`
 */
export function formatBytes(bytes) {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit < 2 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** @param {number} bytesPerSecond */
export function formatRate(bytesPerSecond) {
  return `${formatBytes(bytesPerSecond)}/s`
}

/**
 * @param {number} share - 0..1
 * @returns {number} whole percent; 100 only where nothing is missing
 */
export function wholePercent(share) {
  const clamped = Math.min(1, Math.max(0, share))
  return Math.floor(clamped * 100)
}

/**
 * @param {number} count
 * @param {string} one - the noun for one, e.g. `viewer`
 */
export function counted(count, one) {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}
