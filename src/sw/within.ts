/** A wait with an end. */

/** A value, or another one if it takes too long. */
export function within<Value, const Other>(
  ms: number,
  value: Promise<Value>,
  other: Other,
): Promise<Value | Other> {
  return Promise.race([value, new Promise<Other>(resolve => setTimeout(resolve, ms, other))])
}
