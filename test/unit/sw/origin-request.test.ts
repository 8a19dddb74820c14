import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { fileFacts } from '../../../src/core/policy/shareable.js'
import { publicRequests } from '../../../src/sw/origin-request.js'

const RANGE = 'bytes=0-9'
const OWN = { sizeBytes: 100, etag: '"a"', lastModified: null }
const FILE = { 'content-range': 'bytes 0-9/100', etag: '"a"' }

/** Asks an origin that answers so, as anybody could. */
async function ask(
  status: number,
  headers: Record<string, string>,
  options: { isSigned?: boolean; own?: typeof OWN | undefined } = {},
) {
  const server = createServer((_request, response) =>
    response.writeHead(status, headers).end('0123456789'),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/movie.mp4`
  const request = publicRequests(new Request(url), { isSigned: false, own: OWN, ...options })
  return request(RANGE, new AbortController().signal)
}

test('the file that the viewer got is public', async () => {
  expect((await ask(206, FILE)).status).toBe(206)
  expect((await ask(200, { etag: '"a"', 'content-length': '10' }, { own: undefined })).status).toBe(
    200,
  )
})

test.each([
  ['a refusal', 403, {}],
  ['a page to log in', 200, { 'content-type': 'text/html', 'content-length': '10' }],
  ['another size', 206, { ...FILE, 'content-range': 'bytes 0-9/101' }],
  ['another ETag', 206, { ...FILE, etag: '"b"' }],
  ['a private file', 206, { ...FILE, 'cache-control': 'private' }],
  ['a file that varies', 206, { ...FILE, vary: 'Cookie' }],
])('%s is not', async (_what, status, headers) => {
  await expect(ask(status, headers)).rejects.toMatchObject({ code: 'not-public' })
})

test.each([500, 503, 429])('status %i says nothing of the file', async status => {
  expect((await ask(status, {})).status).toBe(status)
})

test('a signed URL that is refused has expired', async () => {
  expect((await ask(403, {}, { isSigned: true })).status).toBe(403)
})

test('the size is read from either kind of answer, and not where the body is encoded', () => {
  const sizeOf = (status: number, headers: Record<string, string>) =>
    fileFacts(new Response(null, { status, headers })).sizeBytes
  expect(sizeOf(206, { 'content-range': 'bytes 0-9/100', 'content-length': '10' })).toBe(100)
  expect(sizeOf(206, { 'content-length': '10' })).toBeUndefined()
  expect(sizeOf(200, { 'content-length': '100' })).toBe(100)
  expect(sizeOf(200, { 'content-length': '100', 'content-encoding': 'gzip' })).toBeUndefined()
})

/** Asks an origin that answers a first, second and third request so. */
async function askOneAfterAnother(...statuses: number[]) {
  const asked: string[] = []
  const server = createServer((_request, response) => {
    const status = statuses[asked.length] ?? 500
    asked.push(String(status))
    response.writeHead(status, status === 206 ? FILE : {}).end('0123456789')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/movie.mp4`
  const request = publicRequests(new Request(url), { isSigned: false, own: undefined })
  const outcome = await request(RANGE, new AbortController().signal).then(
    ({ status }) => status,
    ({ code }) => code,
  )
  return { outcome, asked: asked.join(' ') }
}

test.each([
  ['the viewer as well', [403, 403], 'origin-failed'],
  ['everybody but the viewer', [403, 206, 403], 'not-public'],
  ['nobody any more', [403, 206, 206], 206],
  ['all without saying that it may be for a while', [401], 'not-public'],
  ['all, as it is gone', [410], 'not-public'],
])('an origin that gave the film to everybody and refuses %s', async (_whom, statuses, outcome) => {
  expect(await askOneAfterAnother(...statuses)).toEqual({ outcome, asked: statuses.join(' ') })
})
