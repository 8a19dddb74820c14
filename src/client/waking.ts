/**
 * Detects that the network may have changed: the browser is online again, a page comes back, or the machine has slept.
 * Connections may then be dead without an event.
 */

import { ClockJump } from '../core/peers/clock-jump.js'

/** How often the clock is checked. */
const LOOK_MS = 2_000

export function watchWaking(onWake: () => void, signal: AbortSignal): void {
  addEventListener('online', onWake, { signal })
  addEventListener('pageshow', ({ persisted }) => persisted && onWake(), { signal })
  document.addEventListener('resume', onWake, { signal })
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && onWake(),
    { signal },
  )
  const clock = new ClockJump()
  const timer = setInterval(() => clock.look(Date.now()) && onWake(), LOOK_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
}
