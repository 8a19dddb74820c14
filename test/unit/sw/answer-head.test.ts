import { expect, test } from 'vitest'
import { type AnswerHead, answerInit, headOf } from '../../../src/sw/answer-head.js'

const head: AnswerHead = {
  status: 206,
  statusText: 'A Part',
  headers: [['x-own', 'seen']],
  hidesRange: false,
}

/** A request as a worker sees it; its destination cannot be set by script. */
const askedBy = (destination: RequestDestination) => ({ destination }) as Request

function answered(
  destination: RequestDestination,
  changed: Partial<AnswerHead>,
  status: 200 | 206,
) {
  const content = {
    contentBytes: 10,
    ...(status === 206 && { contentRange: 'bytes 0-9/100' }),
  }
  const init = answerInit(askedBy(destination), { ...head, ...changed }, status, content)
  const { statusText, headers } = new Response('', init)
  return { statusText, ...Object.fromEntries(headers) }
}

test('all that an answer says is kept, but for what is said anew of each part', () => {
  const headers = {
    etag: '"7"',
    'content-disposition': 'attachment',
    'content-length': '524288',
    'content-range': 'bytes 0-524287/1000000',
    'content-encoding': 'gzip',
    'x-own': 'seen',
  }
  const init = { status: 206, statusText: 'Partial Content', headers }
  expect(headOf(new Response('', init))).toEqual({
    status: 206,
    statusText: 'Partial Content',
    headers: expect.arrayContaining([
      ['content-disposition', 'attachment'],
      ['etag', '"7"'],
      ['x-own', 'seen'],
    ]),
    hidesRange: false,
  })
  expect(headOf(new Response('', init)).headers.map(([name]) => name)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^content-(length|range|encoding)$/)]),
  )
})

test('an element gets range headers, whatever CORS hides', () => {
  for (const hidesRange of [false, true]) {
    expect(answered('video', { hidesRange }, 206)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-range': 'bytes 0-9/100',
    })
    expect(answered('audio', { hidesRange }, 200)).toMatchObject({ 'accept-ranges': 'bytes' })
  }
})

test("a page's own loader gets the headers that the origin exposes", () => {
  expect(answered('', {}, 206)).toMatchObject({ 'x-own': 'seen', 'content-range': 'bytes 0-9/100' })
  expect(answered('', {}, 200)).toMatchObject({ 'x-own': 'seen', 'accept-ranges': 'bytes' })
  for (const status of [200, 206] as const) {
    const seen = answered('', { hidesRange: true }, status)
    expect(seen).toMatchObject({ 'x-own': 'seen', 'content-length': '10' })
    expect(seen).not.toHaveProperty('content-range')
    expect(seen).not.toHaveProperty('accept-ranges')
  }
})

test("the status has the origin's text, or that of the standard, or none where the origin gives none", () => {
  expect(answered('', {}, 206).statusText).toBe('A Part')
  expect(answered('', {}, 200).statusText).toBe('OK')
  expect(answered('', { statusText: '' }, 206).statusText).toBe('')
  expect(answered('', { statusText: '' }, 200).statusText).toBe('')
})
