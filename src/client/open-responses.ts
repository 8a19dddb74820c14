/** The responses of the worker that this page supplies. */

import type { Opening } from '../bridge/messages.js'

interface OpenResponse extends Pick<Opening, 'url' | 'isPlayed' | 'workerId'> {
  close(): void
}

export class OpenResponses {
  readonly #open = new Map<number, OpenResponse>()
  #count = 0

  /** @param isPlaying - whether a video plays now */
  constructor(readonly isPlaying: (url: string) => boolean) {}

  /** Whether one is being played or loaded. */
  get isStreaming(): boolean {
    return [...this.#open.values()].some(({ url, isPlayed }) => !isPlayed || this.isPlaying(url))
  }

  /** Those of a worker that was stopped have ended. */
  endOthers(workerId: string): void {
    for (const each of this.#open.values()) if (each.workerId !== workerId) each.close()
  }

  /**
   * Takes on a response.
   *
   * @param close - called with its number when it has ended
   * @returns its number, and what ends it
   */
  add(
    { url, isPlayed, workerId }: Opening,
    close: (id: number) => void,
  ): { readonly id: number; readonly end: () => void } {
    const id = this.#count++
    const end = () => {
      this.#open.delete(id)
      close(id)
    }
    this.#open.set(id, { url, isPlayed, workerId, close: end })
    return { id, end }
  }
}
