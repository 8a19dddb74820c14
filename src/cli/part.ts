/** A part of the development server that can be taken away while it runs, to see what viewers make of it. */

export interface Part {
  readonly isRunning: boolean
  /** Cuts the part's open connections at once, and every new one. */
  stop(): void
  start(): void
}
