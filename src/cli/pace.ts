/** Limits the rate of a body evenly, like a slow connection: small slices instead of bursts. */

import { setTimeout as wait } from 'node:timers/promises'

/** A slice holds what the connection carries in this time. */
const SLICE_MS = 20

/** How much a body that fell behind (a slow reader, a late timer) may catch up with. */
const CATCH_UP_MS = 100

/**
 * Passes bytes on at a limited rate.
 *
 * @param line - read before every slice, so that the rate can change; `Infinity` is no limit
 * @param signal - ends the waiting; its reason is thrown
 */
export async function* pace(
  source: AsyncIterable<Buffer>,
  line: { readonly bytesPerSecond: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let dueMs = performance.now()
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; ) {
      const { bytesPerSecond } = line
      const sliceBytes = Math.max(1, Math.round((bytesPerSecond * SLICE_MS) / 1000))
      const slice = bytes.subarray(at, at + sliceBytes)
      yield slice
      at += slice.length
      const nowMs = performance.now()
      dueMs = Math.max(dueMs, nowMs - CATCH_UP_MS) + (slice.length / bytesPerSecond) * 1000
      if (dueMs > nowMs) await wait(dueMs - nowMs, undefined, { signal })
    }
  }
}
