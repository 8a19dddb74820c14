/** Viewers of all films that a seeder is connected to: the films share one ceiling. */

import type { Links } from '../core/peers/places.js'

export class PeerCount {
  readonly #peers = new Map<string, number>()

  constructor(readonly most: number) {}

  get all(): number {
    return [...this.#peers.values()].reduce((sum, each) => sum + each, 0)
  }

  /** Counts a viewer of a film who came, or below 0 who went. */
  add(film: string, count: number): void {
    this.#peers.set(film, (this.#peers.get(film) ?? 0) + count)
  }

  /** What is left to a film, its own viewers included. A seeder looks for as many as it may have. */
  linksOf(film: string): Links {
    const left = () => Math.max(0, this.most - this.all + (this.#peers.get(film) ?? 0))
    return {
      get wanted() {
        return left()
      },
      get most() {
        return left()
      },
    }
  }
}
