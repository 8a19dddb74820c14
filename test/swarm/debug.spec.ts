/** What page and worker write to the console, for whoever looks for a fault. */

import { expect, FILM, film, settle, test } from './fixtures.js'

const TAG = '<script src="/swarmtag.js" data-tracker="/tracker"'

test('nothing is written unless it is asked for', async ({ site, arrive }) => {
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.page('quiet.html', `${TAG}></script>${film()}`))
  await viewer.plays()
  expect(viewer.console.filter(line => line.includes('[swarmtag'))).toEqual([])
})

test('data-debug has page and worker write of the same chunks', async ({ site, arrive }) => {
  const viewer = await settle(site, await arrive())
  const ofWorker: string[] = []
  viewer.context.on('console', message => ofWorker.push(message.text()))
  for (const worker of viewer.context.serviceWorkers())
    worker.on('console', message => ofWorker.push(message.text()))
  await viewer.visit(site.page('debug.html', `${TAG} data-debug="debug"></script>${film()}`))
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'chunks are kept')
  await expect
    .poll(() => viewer.console.some(line => /\[swarmtag:session\] film\.mp4#0 kept/.test(line)))
    .toBe(true)
  // The response is over once nobody wants the film any more.
  await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    video?.removeAttribute('src')
    video?.load()
  })
  await expect
    .poll(() => ofWorker.some(line => line.includes(`[swarmtag] GET`) && line.includes(FILM)))
    .toBe(true)
  expect(ofWorker.some(line => line.includes('film.mp4#') && line.includes('from'))).toBe(true)
})
