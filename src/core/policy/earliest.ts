/** The earliest of some times; `undefined` where there is none. */
export function earliest(times: readonly (number | undefined)[]): number | undefined {
  let firstMs: number | undefined
  for (const atMs of times)
    if (atMs !== undefined && (firstMs === undefined || atMs < firstMs)) firstMs = atMs
  return firstMs
}
