/** What every `PlaybackSource` reports, whether a real element plays or not. */

import { expect, test, vi } from 'vitest'
import type { PlaybackSource } from '../../src/engine/playback-source.js'

const PATIENCE = { timeout: 30_000, interval: 20 }

/** A film of some seconds that somebody may show, and what he does with it. */
export interface Screen {
  readonly source: PlaybackSource
  readonly url: string
  show(): void
  play(): void
  pause(): void
  seek(ms: number): void
  remove(): void
  /** Lets time pass. */
  pass(ms: number): Promise<void>
}

export function playbackSourceContract(name: string, make: () => Screen): void {
  const arrange = async ({ isShown = true } = {}) => {
    const screen = make()
    const reported: string[] = []
    const unwatch = screen.source.watch(url => void reported.push(url))
    const read = () => screen.source.read(screen.url)
    const until = (assertion: () => void) =>
      vi.waitFor(async () => {
        await screen.pass(50)
        assertion()
      }, PATIENCE)
    if (isShown) {
      screen.show()
      await until(() => expect(read()).toBeDefined())
    }
    return { screen, reported, unwatch, read, until }
  }

  test(`${name}: what nobody shows is nowhere`, async () => {
    const { screen, read } = await arrange({ isShown: false })
    expect(screen.source.isShown(screen.url)).toBe(false)
    expect(read()).toBeUndefined()
  })

  test(`${name}: what is shown stands at its beginning, and has a duration`, async () => {
    const { screen, read } = await arrange()
    expect(screen.source.isShown(screen.url)).toBe(true)
    expect(screen.source.isShown(`${screen.url}.other`)).toBe(false)
    expect(read()).toMatchObject({ isPlaying: false, isSeeking: false, currentMs: 0, rate: 1 })
    expect(read()?.durationMs).toBeGreaterThan(2_000)
    screen.remove()
  })

  test(`${name}: what plays goes on, and that is reported again and again`, async () => {
    const { screen, reported, read, until } = await arrange()
    screen.play()
    await until(() => expect(read()?.currentMs).toBeGreaterThan(1_000))
    expect(read()?.isPlaying).toBe(true)
    expect(read()?.reachedMs).toBeGreaterThanOrEqual(read()?.currentMs ?? Number.NaN)
    // Some times a second: twice at the least.
    expect(reported.length).toBeGreaterThanOrEqual(2)
    expect(new Set(reported)).toEqual(new Set([screen.url]))
    screen.remove()
  })

  test(`${name}: what is paused stands still, and that is reported`, async () => {
    const { screen, reported, read, until } = await arrange()
    screen.play()
    await until(() => expect(read()?.currentMs).toBeGreaterThan(100))
    reported.length = 0
    screen.pause()
    await until(() => expect(reported).toContain(screen.url))
    const at = read()
    expect(at?.isPlaying).toBe(false)
    await screen.pass(300)
    expect(read()?.currentMs).toBe(at?.currentMs)
    screen.remove()
  })

  test(`${name}: after a seek it is there, and that is reported`, async () => {
    const { screen, reported, read, until } = await arrange()
    screen.seek(1_500)
    await until(() => {
      expect(reported).toContain(screen.url)
      expect(read()).toMatchObject({ isSeeking: false, isPlaying: false })
    })
    expect(Math.abs((read()?.currentMs ?? 0) - 1_500)).toBeLessThan(50)
    screen.remove()
  })

  test(`${name}: what is removed is nowhere, and who does not watch is called no more`, async () => {
    const { screen, reported, unwatch, read, until } = await arrange()
    unwatch()
    unwatch()
    // What was reported until then was reported to who watched.
    reported.length = 0
    screen.play()
    await until(() => expect(read()?.currentMs).toBeGreaterThan(500))
    expect(reported).toEqual([])
    screen.remove()
    expect(screen.source.isShown(screen.url)).toBe(false)
    expect(read()).toBeUndefined()
  })
}
