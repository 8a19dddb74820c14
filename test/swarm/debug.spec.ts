/** What page and worker write to the console, for whoever looks for a fault. */

import type { ConsoleMessage } from '@playwright/test'
import { expect, FILM, film, settle, test, type Viewer } from './fixtures.js'

const TAG = '<script src="/swarmtag.js" data-tracker="/tracker"'

/** What the worker of a viewer writes from now on. */
function workerConsole({ context }: Viewer): { lines: string[]; groups: string[] } {
  const [lines, groups]: string[][] = [[], []]
  const note = (message: ConsoleMessage) => {
    const into = message.type() === 'startGroupCollapsed' ? groups : lines
    into?.push(message.text())
  }
  for (const worker of context.serviceWorkers()) worker.on('console', note)
  return { lines: lines ?? [], groups: groups ?? [] }
}

/** The response is over once nobody wants the film any more. */
const closeFilm = ({ page }: Viewer) =>
  page.evaluate(() => {
    const video = document.querySelector('video')
    video?.removeAttribute('src')
    video?.load()
  })

const ours = (lines: readonly string[]) => lines.filter(line => line.includes('[swarmtag'))
const ofChunks = (lines: readonly string[]) => lines.filter(line => line.includes('film.mp4#'))

test('nothing is written unless it is asked for, by page or worker', async ({ site, arrive }) => {
  const viewer = await settle(site, await arrive())
  const worker = workerConsole(viewer)
  await viewer.visit(site.page('quiet.html', `${TAG}></script>${film()}`))
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'chunks are kept')
  await closeFilm(viewer)
  await expect.poll(() => site.openAnswers(FILM)).toBe(0)
  expect(ours(viewer.console)).toEqual([])
  expect([...worker.lines, ...worker.groups]).toEqual([])
})

test('data-debug has page and worker write of the same chunks under the same ids, a group a request', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  const worker = workerConsole(viewer)
  await viewer.visit(site.page('debug.html', `${TAG} data-debug="debug"></script>${film()}`))
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'chunks are kept')
  await closeFilm(viewer)
  const requests = site.requestsOf(FILM).length
  expect(requests).toBeGreaterThan(0)
  await expect.poll(() => worker.groups.length).toBeGreaterThan(0)
  // Those that are still open are written when they are over.
  const opened = viewer.console.filter(line =>
    /\[swarmtag:session\] response \d+ opened/.test(line),
  )
  await expect.poll(() => worker.groups.length).toBeGreaterThanOrEqual(opened.length)
  for (const group of worker.groups) {
    expect(group).toMatch(/^\[swarmtag:response\] GET bytes=\d+-\d* http.* is over$/)
    expect(group).toContain(FILM)
  }
  const idOf = (line: string) => /film\.mp4#\d+/.exec(line)?.[0] ?? ''
  // Not all: what comes once nobody wants the film, however much that is, is kept by the page alone.
  const ofBoth = () => {
    const ofWorker = new Set(ofChunks(worker.lines).map(idOf))
    const ofPage = viewer.console.filter(line => line.startsWith('[swarmtag:session] film.mp4#'))
    return ofPage.map(idOf).filter(id => ofWorker.has(id))
  }
  await expect.poll(ofBoth).not.toEqual([])
})

test("a browser's localStorage has a say before the tag, and the level says how much", async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  await viewer.page.evaluate(() => localStorage.setItem('swarmtag:debug', 'info'))
  const worker = workerConsole(viewer)
  await viewer.visit(site.page('info.html', `${TAG} data-debug="debug"></script>${film()}`))
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'chunks are kept')
  await closeFilm(viewer)
  await expect.poll(() => worker.groups.length).toBeGreaterThan(0)
  expect(ours(viewer.console).join()).toContain('[swarmtag:session] response')
  expect(worker.lines.join()).toContain('asks for')
  expect(ofChunks([...viewer.console, ...worker.lines])).toEqual([])
})
