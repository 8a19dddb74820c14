/** A viewer in any engine: what the tests ask of a page, whatever drives it. */

import { expect, vi } from 'vitest'
import type { Swarmtag, VideoStats } from '../../src/client/index.js'
import { FILM } from '../swarm/site.js'

declare global {
  interface Window {
    swarmtag?: Swarmtag
  }
}

/** A page in some browser. */
export interface EnginePage {
  goto(url: string): Promise<unknown>
  /** Runs a function in the page; it sees nothing but its argument. */
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>
}

/** What a condition may take: a busy machine is no fault. */
const PATIENCE_MS = 60_000

export interface Engine {
  /** Opens another tab. */
  newPage(): Promise<EnginePage>
  /** Ends the browser. */
  end(): Promise<void>
}

export class EngineViewer {
  constructor(
    readonly engine: Engine,
    readonly page: EnginePage,
    /** How long each wait may take. */
    readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Ends the browser. */
  readonly leave = (): Promise<void> => this.engine.end()

  /** Another tab of the same browser: another page, the same worker and store. */
  async sameBrowser(): Promise<EngineViewer> {
    return new EngineViewer(this.engine, await this.engine.newPage())
  }

  async visit(url: string): Promise<this> {
    await this.page.goto(url)
    return this
  }

  /** Waits until an element has come to this time of its film, and tells the time. */
  async playsTo(seconds: number, selector = 'video'): Promise<void> {
    await vi.waitFor(
      async () => {
        const at = await this.page.evaluate(selector => {
          const media = document.querySelector<HTMLVideoElement>(selector)
          return media?.error ? media.error.message || 'failed' : (media?.currentTime ?? 0)
        }, selector)
        expect(at, `the time of ${selector}`).toBeGreaterThanOrEqual(seconds)
      },
      { timeout: this.patienceMs + 1_000 * seconds, interval: 250 },
    )
  }

  async seek(seconds: number): Promise<void> {
    await this.page.evaluate(seconds => {
      const media = document.querySelector('video')
      if (media) media.currentTime = seconds
    }, seconds)
  }

  /** What Swarmtag says of a video. */
  stats(path = FILM): Promise<VideoStats | undefined> {
    return this.page.evaluate(
      path => window.swarmtag?.stats().videos.find(({ url }) => url.endsWith(path)),
      path,
    )
  }

  /** Has the browser hold some of the film. What comes before the manifest is there, as on a busy machine, is played plainly, and counted by nobody. */
  async holdsSome(): Promise<void> {
    await vi.waitFor(
      async () => {
        await this.page.evaluate(async film => {
          const headers = { range: 'bytes=0-0' }
          await (await fetch(film, { credentials: 'omit', headers })).arrayBuffer()
        }, FILM)
        expect((await this.stats())?.heldChunks).toBeGreaterThan(0)
      },
      { timeout: this.patienceMs, interval: 1_000 },
    )
  }

  /** Waits until the viewer's figures satisfy a condition. */
  async until(condition: (stats: VideoStats) => boolean, what: string): Promise<VideoStats> {
    return vi.waitFor(
      async () => {
        const stats = await this.stats()
        if (!stats || !condition(stats))
          throw new Error(`${what}: not so, but ${JSON.stringify(stats)}`)
        return stats
      },
      { timeout: this.patienceMs, interval: 100 },
    )
  }
}
