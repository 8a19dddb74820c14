/** The response contract, in a real browser: exactly what was asked, always with a numeric total. */

import { createHash } from 'node:crypto'
import { expect, FILM, FILM_BYTES, test } from './fixtures.js'

const SIZE = FILM_BYTES.length

const RANGES = [
  { range: undefined, status: 200, from: 0, to: SIZE },
  { range: 'bytes=0-', status: 206, from: 0, to: SIZE },
  { range: 'bytes=0-1', status: 206, from: 0, to: 2 },
  { range: 'bytes=1632-1639', status: 206, from: 1632, to: 1640 },
  { range: 'bytes=65535-65536', status: 206, from: 65_535, to: 65_537 },
  { range: 'bytes=5000000-', status: 206, from: 5_000_000, to: SIZE },
  { range: 'bytes=-500', status: 206, from: SIZE - 500, to: SIZE },
  { range: `bytes=100-${SIZE * 2}`, status: 206, from: 100, to: SIZE },
  { range: 'bytes=10-19,30-39', status: 206, from: 10, to: 20 },
  { range: `bytes=${SIZE}-`, status: 416, from: 0, to: 0 },
] as const

for (const isKnown of [false, true])
  test(`ranges are answered exactly, ${isKnown ? 'also' : 'even'} when the video is ${isKnown ? 'known' : 'new'}`, async ({
    site,
    arrive,
  }) => {
    const viewer = await (await arrive()).visit(
      site.page('empty.html', '<script src="/swarmtag.js"></script>'),
    )
    await viewer.page.evaluate(() => window.swarmtag?.ready)
    for (const { range, status, from, to } of RANGES) {
      const url = isKnown ? FILM : `${FILM}?new=${encodeURIComponent(range ?? '')}`
      const answer = await viewer.page.evaluate(
        async ([url, range]) => {
          const response = await fetch(url, { headers: range ? { range } : {} })
          const bytes = new Uint8Array(await response.arrayBuffer())
          const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
          return {
            status: response.status,
            headers: Object.fromEntries(response.headers),
            bytes: bytes.length,
            digest: Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join(''),
          }
        },
        [url, range] as const,
      )
      expect.soft(answer.status, range).toBe(status)
      expect.soft(answer.headers['accept-ranges'], range).toBe('bytes')
      if (status === 416) {
        expect.soft(answer.headers['content-range'], range).toBe(`bytes */${SIZE}`)
        continue
      }
      expect.soft(answer.bytes, range).toBe(to - from)
      expect.soft(answer.headers['content-length'], range).toBe(String(to - from))
      expect.soft(answer.headers['content-type'], range).toBe('video/mp4')
      const contentRange = status === 206 ? `bytes ${from}-${to - 1}/${SIZE}` : undefined
      expect.soft(answer.headers['content-range'], range).toBe(contentRange)
      expect.soft(answer.digest, range).toBe(sha256(FILM_BYTES.subarray(from, to)))
    }
  })

test('HEAD returns the size and no body', async ({ site, arrive }) => {
  const viewer = await (await arrive()).visit(
    site.page('empty.html', '<script src="/swarmtag.js"></script>'),
  )
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  const answer = await viewer.page.evaluate(async url => {
    const response = await fetch(url, { method: 'HEAD' })
    return {
      status: response.status,
      ...Object.fromEntries(response.headers),
      body: await response.text(),
    }
  }, FILM)
  expect(answer).toMatchObject({
    status: 200,
    'content-length': String(SIZE),
    'accept-ranges': 'bytes',
    body: '',
  })
  expect(site.bytesOf(FILM)).toBe(0)
})

test('a body that is cancelled stops the origin too', async ({ site, arrive }) => {
  site.server.line.bytesPerSecond = 500_000
  const viewer = await (await arrive()).visit(
    site.page('empty.html', '<script src="/swarmtag.js"></script>'),
  )
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.page.evaluate(async url => {
    const response = await fetch(url)
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
  }, FILM)
  await expect.poll(() => site.openAnswers(FILM)).toBe(0)
  expect(site.bytesOf(FILM)).toBeLessThan(SIZE / 4)
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
