/** Other work on the machine: processes that take all they get, as on a computer that does something else meanwhile. */

import { spawn } from 'node:child_process'

/**
 * Keeps cores busy.
 *
 * @param {number} count
 * @returns {() => void} ends it
 */
export function keepBusy(count) {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  )
  const end = () => {
    for (const child of children) child.kill()
  }
  process.once('exit', end)
  return () => {
    process.off('exit', end)
    end()
  }
}
