/** A part of the development server that can be stopped while it runs, to see how viewers cope. */

export interface Part {
  readonly isRunning: boolean
  /** Cuts the part's open connections at once, and every new one. */
  stop(): void
  start(): void
}
