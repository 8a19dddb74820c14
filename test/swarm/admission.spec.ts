/** A site lets only those into its swarms to whom it gave a token. */

import { generateKeyPairSync } from 'node:crypto'
import { createToken, type TokenOptions } from '../../src/cli/admission.js'
import { publicKeyOf } from '../../src/cli/signing.js'
import {
  expect,
  FILM_BYTES,
  FILM_SHA256,
  type Site,
  settle,
  test,
  type Viewer,
} from './fixtures.js'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const others = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const ATTRIBUTES = `data-tracker="/tracker" data-admission-key="${publicKeyOf(privateKey)}" data-token="/token"`

/** Gives everybody a token who asks for one, as `change` makes it. */
function giveTokens(site: Site, change: Partial<TokenOptions> = {}): void {
  site.intercept = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', site.server.url)
    if (pathname !== '/token') return false
    const peerKey = searchParams.get('key') ?? ''
    const token = createToken({ privateKey, peerKey, site: site.server.url, ...change })
    response.writeHead(200, { 'cache-control': 'no-store' }).end(token)
    return true
  }
}

const said = ({ console }: Viewer) =>
  console.filter(line => line.startsWith('[swarmtag]')).join('\n')

test('viewers with a token of the site give each other the film', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  giveTokens(site)
  const url = site.watchPage('watch.html', ATTRIBUTES)
  await arriveHolding(url)
  site.server.line.bytesPerSecond = 400_000
  const viewer = await settle(site, await arrive())
  await viewer.visit(url)
  await viewer.plays()
  const stats = await viewer.until(({ complete }) => complete, 'the whole film is held')
  expect(stats.bytes.peers).toBeGreaterThan(FILM_BYTES.length / 2)
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  expect(said(viewer)).toBe('')
})

for (const [what, change, why] of [
  ['has expired', { seconds: -60 }, 'expired'],
  ['is for another site', { site: 'https://other.example' }, 'another site'],
  ['the site did not sign', { privateKey: others }, 'not signed by the site'],
  [
    'was given to another viewer',
    { peerKey: Buffer.from(publicKeyOf(others), 'base64').toString('base64url') },
    "somebody else's",
  ],
] as const)
  test(`a viewer whose token ${what} is let in nowhere, and its film plays`, async ({
    site,
    arrive,
    arriveHolding,
  }) => {
    giveTokens(site)
    const url = site.watchPage('watch.html', ATTRIBUTES)
    const host = await arriveHolding(url)
    giveTokens(site, change)
    site.server.line.bytesPerSecond = 400_000
    const viewer = await settle(site, await arrive())
    await viewer.visit(url)
    await viewer.plays()
    await expect.poll(() => said(host)).toContain(`not let in: its token`)
    expect(said(host)).toContain(why)
    expect(await host.stats()).toMatchObject({ peers: 0, bytes: { uploaded: 0 } })
    expect(await viewer.stats()).toMatchObject({ peers: 0, bytes: { peers: 0 } })
    await viewer.plays()
  })

test('a viewer to whom the site gives no token connects to nobody, and its film plays', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.watchPage('watch.html', ATTRIBUTES))
  await viewer.plays()
  await expect.poll(() => said(viewer)).toContain('admission-failed')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})
