import { createHash, generateKeyPairSync } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createToken, type TokenOptions } from '../../../src/cli/admission.js'
import { publicKeyOf } from '../../../src/cli/signing.js'
import { Admission } from '../../../src/swarm/admission.js'
import { connect, type InMemoryConnection, laneOn } from './in-memory-channel.js'

const SITE = 'https://site.example'
const ROOT = 'ab'.repeat(32)
const OTHER_ROOT = 'cd'.repeat(32)
const siteKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const otherKeys = generateKeyPairSync('ed25519')

/** A viewer's admission, with a token that its site made. */
const viewer = (token: Partial<TokenOptions> = {}, siteKey = publicKeyOf(siteKeys.privateKey)) =>
  new Admission({
    siteKey,
    site: SITE,
    ask: async peerKey =>
      createToken({ privateKey: siteKeys.privateKey, peerKey, site: SITE, ...token }),
  })

const describe = (fingerprint: string) => ({
  sdp: `v=0\r\na=fingerprint:sha-256 ${fingerprint}\r\n`,
})

/** Says which certificates the two ends of a connection have. */
function certify(near: InMemoryConnection, far: InMemoryConnection, own: string, other: string) {
  Object.assign(near, { localDescription: describe(own), remoteDescription: describe(other) })
  Object.assign(far, { localDescription: describe(other), remoteDescription: describe(own) })
}

function connected() {
  const [near, far] = connect()
  certify(near, far, 'AA:01', 'BB:02')
  return [near, far] as const
}

/** What each of two viewers says of the other: nothing where it lets it in. */
async function meeting(a: Admission, b: Admission, [near, far] = connected()) {
  const outcome = (side: Admission, connection: InMemoryConnection) =>
    side.check(laneOn(connection), ROOT).then(
      () => 'let in',
      error => `${error.code}: ${error.detail}`,
    )
  return Promise.all([outcome(a, near), outcome(b, far)])
}

test('two viewers whom the site knows let each other in', async () => {
  expect(await meeting(viewer(), viewer())).toEqual(['let in', 'let in'])
})

test('a token for one video is good there', async () => {
  expect(await meeting(viewer({ root: ROOT }), viewer())).toEqual(['let in', 'let in'])
})

test.each([
  ['has expired', { seconds: -60 }, 'expired'],
  ['is for another site', { site: 'https://other.example' }, 'another site'],
  ['is for another video', { root: OTHER_ROOT }, 'another video'],
  ['another key signed', { privateKey: otherKeys.privateKey }, 'not signed by the site'],
])('a token that %s is refused, and its owner alone', async (_what, token, why) => {
  const [ofGuest, ofHost] = await meeting(viewer(), viewer(token))
  expect(ofGuest).toContain('peer-refused')
  expect(ofGuest).toContain(why)
  expect(ofHost).toBe('let in')
})

test('a token that another viewer was given is refused', async () => {
  const stolen = createToken({
    privateKey: siteKeys.privateKey,
    peerKey: publicKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    site: SITE,
  })
  const thief = new Admission({
    siteKey: publicKeyOf(siteKeys.privateKey),
    site: SITE,
    ask: async () => stolen,
  })
  const [ofThief] = await meeting(viewer(), thief)
  expect(ofThief).toContain("somebody else's")
})

/** Lets a stranger receive what one viewer shows, and show it to another on a connection of its own. */
test('what a viewer showed is refused from anybody who shows it again, or relays it meanwhile', async () => {
  const [near, middle] = connect()
  certify(near, middle, 'AA:01', 'EE:05')
  const received = new Promise<ArrayBuffer>(resolve => {
    const channel = middle.createDataChannel('swarmtag-admission', { negotiated: true, id: 101 })
    channel.onmessage = ({ data }) => resolve(data as ArrayBuffer)
  })
  void viewer()
    .check(laneOn(near), ROOT)
    .catch(() => {})
  const card = new Uint8Array(await received)
  const [victim, attacker] = connect()
  certify(victim, attacker, 'BB:02', 'EE:05')
  const channel = attacker.createDataChannel('swarmtag-admission', { negotiated: true, id: 101 })
  const checking = viewer().check(laneOn(victim), ROOT)
  await vi.waitUntil(() => channel.readyState === 'open')
  channel.send(card)
  await expect(checking).rejects.toMatchObject({
    code: 'peer-refused',
    detail: expect.stringContaining("somebody else's"),
  })
})

test.each([
  ['text', 'let me in'],
  ['no token', new Uint8Array(246)],
  ['too little', new Uint8Array(245)],
  ['too much', new Uint8Array(60_000)],
])('who shows %s is refused', async (_what, shown) => {
  const [near, far] = connected()
  const channel = far.createDataChannel('swarmtag-admission', { negotiated: true, id: 101 })
  const checking = viewer().check(laneOn(near), ROOT)
  await vi.waitUntil(() => channel.readyState === 'open')
  channel.send(shown)
  await expect(checking).rejects.toMatchObject({ code: 'peer-refused' })
})

test('who shows nothing is refused in the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const [near] = connected()
  const checking = viewer().check(laneOn(near), ROOT)
  const outcome = expect(checking).rejects.toMatchObject({ code: 'peer-refused' })
  await vi.advanceTimersByTimeAsync(10_000)
  await outcome
})

test('a token is asked for once, and again when it is about to expire', async () => {
  let asked = 0
  const admission = (seconds: number) =>
    new Admission({
      siteKey: publicKeyOf(siteKeys.privateKey),
      site: SITE,
      ask: async peerKey => {
        asked++
        return createToken({ privateKey: siteKeys.privateKey, peerKey, site: SITE, seconds })
      },
    })
  const long = admission(600)
  await long.token(ROOT)
  await long.token(ROOT)
  expect(asked).toBe(1)
  const short = admission(20)
  await short.token(ROOT)
  await short.token(ROOT)
  expect(asked).toBe(3)
})

test.each([
  ['fails', () => Promise.reject(new Error('402 Payment Required'))],
  ['answers a page', async () => '<h1>Log in</h1>'],
])('a site that %s lets this page in nowhere', async (_what, ask) => {
  const admission = new Admission({ siteKey: publicKeyOf(siteKeys.privateKey), site: SITE, ask })
  await expect(admission.token(ROOT)).rejects.toMatchObject({ code: 'admission-failed' })
})

test('a token is at most 200 bytes as text', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const peerKey = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65)
  const token = createToken({
    privateKey: siteKeys.privateKey,
    peerKey: peerKey.toString('base64url'),
    site: `${SITE}/some/page?of=it`,
    root: ROOT,
  })
  expect(token).toMatch(/^[\w-]{156}$/)
  const bytes = Buffer.from(token, 'base64url')
  expect(bytes.subarray(5, 21)).toEqual(createHash('sha256').update(SITE).digest().subarray(0, 16))
})

test.each([
  ['a peer key', { peerKey: 'AAAA' }],
  ['a site', { site: 'site.example' }],
  ['a root', { root: 'film' }],
])('what is not %s makes no token', (_what, wrong) => {
  const peerKey = Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]).toString('base64url')
  const options = { privateKey: siteKeys.privateKey, peerKey, site: SITE, ...wrong }
  expect(() => createToken(options)).toThrow(expect.objectContaining({ code: 'option-invalid' }))
})

test('an invalid private key makes no token', () => {
  const peerKey = Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]).toString('base64url')
  for (const privateKey of [
    'no PEM',
    generateKeyPairSync('ec', { namedCurve: 'P-384' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  ])
    expect(() => createToken({ privateKey, peerKey, site: SITE })).toThrow(
      expect.objectContaining({ code: 'file-unreadable' }),
    )
})
