/** What clients cost the origin, by path: the figures that offload is computed from. */

/** Requests and body bytes of one path. */
export interface PathCount {
  readonly requests: number
  /** Bytes of bodies handed to the operating system, so a broken response counts for about what was sent. */
  readonly bytes: number
}

export interface RequestCounts {
  readonly paths: Readonly<Record<string, PathCount>>
}

/** Paths are the client's choice; those beyond this many are not counted. */
const MAX_PATHS = 10_000

export class RequestCounter {
  readonly #paths = new Map<string, { requests: number; bytes: number }>()

  addRequest(path: string): void {
    this.#count(path).requests++
  }

  addBytes(path: string, bytes: number): void {
    this.#count(path).bytes += bytes
  }

  counts(): RequestCounts {
    return {
      paths: Object.fromEntries([...this.#paths].map(([path, count]) => [path, { ...count }])),
    }
  }

  reset(): void {
    this.#paths.clear()
  }

  #count(path: string): { requests: number; bytes: number } {
    const known = this.#paths.get(path)
    if (known) return known
    const count = { requests: 0, bytes: 0 }
    if (this.#paths.size < MAX_PATHS) this.#paths.set(path, count)
    return count
  }
}
