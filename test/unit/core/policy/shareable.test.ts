import { expect, test } from 'vitest'
import {
  hasSecretHeader,
  isRefusal,
  isSameFile,
  signingParameter,
  whyNotPublic,
  whyPrivate,
} from '../../../../src/core/policy/shareable.js'

test.each([
  [null, null, undefined],
  ['public, max-age=3600', 'Accept-Encoding, Range, Origin', undefined],
  ['no-cache', '', undefined],
  ['max-age=0, must-revalidate', null, undefined],
  ['private', null, 'Cache-Control: private'],
  ['max-age=60,Private', null, 'Cache-Control: private'],
  ['private="set-cookie"', null, 'Cache-Control: private="set-cookie"'],
  ['no-store', null, 'Cache-Control: no-store'],
  ['no-cache, no-store, must-revalidate', null, 'Cache-Control: no-store'],
  ['x-private, privateer', null, undefined],
  [null, 'Cookie', 'Vary: cookie'],
  [null, 'accept-encoding , COOKIE', 'Vary: cookie'],
  [null, 'Authorization', 'Vary: authorization'],
  [null, '*', 'Vary: *'],
  [null, 'Set-Cookie', undefined],
])('Cache-Control: %s and Vary: %s keep an answer to one viewer: %s', (cacheControl, vary, why) => {
  expect(whyPrivate({ cacheControl, vary })).toBe(why)
})

const FILE = { sizeBytes: 1_000, etag: '"a"', lastModified: 'Sun, 22 Nov 2026 10:00:00 GMT' }

test.each([
  ['the same', {}, true],
  ['another size', { sizeBytes: 999 }, false],
  ['no size', { sizeBytes: undefined }, true],
  ['another ETag', { etag: '"b"' }, false],
  ['a weak ETag instead', { etag: 'W/"a"' }, false],
  ['no ETag', { etag: null }, false],
  ['another date', { lastModified: 'Sun, 22 Nov 2026 10:00:01 GMT' }, false],
])('an answer that tells %s is of the same file: %s', (_what, difference, isSame) => {
  expect(isSameFile(FILE, { ...FILE, ...difference })).toBe(isSame)
  expect(isSameFile({ ...FILE, ...difference }, FILE)).toBe(isSame)
})

test('a server that tells nothing of its files tells no difference', () => {
  const silent = { sizeBytes: undefined, etag: null, lastModified: null }
  expect(isSameFile(silent, silent)).toBe(true)
})

test.each([
  ['what the viewer has', 206, {}, {}, undefined],
  ['another file', 206, { etag: '"b"' }, {}, 'without cookies, another file'],
  [
    'another file of a signed URL',
    206,
    { etag: '"b"' },
    { isSigned: true },
    'without cookies, another file',
  ],
  ['a file, and nothing to compare it with', 206, { etag: '"b"' }, { own: undefined }, undefined],
  ['a file for one viewer', 206, { 'cache-control': 'private' }, {}, 'Cache-Control: private'],
  ['a refusal', 403, {}, {}, 'without cookies, status 403'],
  ['that a signature has expired', 403, {}, { isSigned: true }, undefined],
  ['that it is overloaded', 503, {}, {}, undefined],
])('a request without cookies that gets %s', (_what, status, changes, options, why) => {
  const headers = new Headers({
    'content-range': 'bytes 0-9/1000',
    etag: FILE.etag,
    'last-modified': FILE.lastModified,
    ...changes,
  })
  expect(whyNotPublic({ status, headers }, { own: FILE, isSigned: false, ...options })).toBe(why)
})

test.each([
  [[200, 206, 304, 416, 429, 500, 503], false],
  [[401, 403, 404, 407, 410, 451], true],
])('the statuses %j refuse a file: %s', (statuses, isRefused) => {
  expect(statuses.map(isRefusal)).toEqual(statuses.map(() => isRefused))
})

test.each([
  [['accept', 'Range', 'accept-language', 'user-agent', 'sec-fetch-dest', 'sec-ch-ua'], false],
  [[], false],
  [['range', 'authorization'], true],
  [['X-Api-Key'], true],
  [['cookie'], true],
  [['second-secret'], true],
])('the headers %j may open a file: %s', (names, isSecret) => {
  expect(hasSecretHeader(names)).toBe(isSecret)
})

/** Queries as storage services and CDNs sign them, and the parameter by which that is noticed. */
test.each([
  ['S3', 'X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Date=c&X-Amz-Signature=d', 'X-Amz-Credential'],
  ['Google Cloud Storage', 'X-Goog-Algorithm=a&X-Goog-Signature=b', 'X-Goog-Signature'],
  ['CloudFront', 'Expires=1&Signature=a&Key-Pair-Id=b', 'Signature'],
  ['CloudFront with a policy', 'Policy=a&Key-Pair-Id=b', 'Policy'],
  ['Azure', 'sv=2024&se=2026&sp=r&sig=a', 'sig'],
  ['Akamai', 'hdnts=exp=1~hmac=a', 'hdnts'],
  ['Akamai, older', '__gda__=1_a', '__gda__'],
  ['Alibaba', 'auth_key=1-0-0-a', 'auth_key'],
  ['Tencent', 'txSecret=a&txTime=b', 'txSecret'],
  ['nginx secure_link', 'md5=a&expires=1', 'md5'],
  ['Cloudflare', 'verify=1-a', 'verify'],
  ['Firebase', 'alt=media&token=a', 'token'],
  ['a site of its own', 'access_token=a', 'access_token'],
  ['a session', 'PHPSESSID=a&session_id=b', 'session_id'],
  ['none: a version', 'v=2&t=10&quality=720p', undefined],
  ['none: a design', 'design=1&tokens=2&assigned=3&policyholder=4', undefined],
  ['none', '', undefined],
])('a query of %s: %s is signed by %s', (_whose, query, name) => {
  expect(signingParameter(new URLSearchParams(query).keys())).toBe(name)
})
