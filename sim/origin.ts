/** The HTTP server of the film: counts what it sends. */

import type { ChunkIndex } from '../src/core/units.js'
import { Line } from './line.js'

export class Origin {
  readonly line: Line
  readonly copies = new Map<ChunkIndex, number>()
  requests = 0

  constructor(
    bytesPerSecond: number,
    /** Of each answer, beside the viewer's own line. */
    readonly latencyMs: number,
  ) {
    this.line = new Line(bytesPerSecond)
  }

  sent(index: ChunkIndex): void {
    this.copies.set(index, (this.copies.get(index) ?? 0) + 1)
  }
}
