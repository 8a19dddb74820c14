import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../../../src/core/units.js'
import type { Manifest } from '../../../src/store/manifest.js'
import { encode } from '../../../src/swarm/codec.js'
import { ManifestExchange } from '../../../src/swarm/manifest-exchange.js'
import { publish, publishInvented } from '../store/resources.js'
import { connect, settled } from './in-memory-channel.js'
import { linkOn, strangerOn } from './neighbours.js'

const film = await publish(5 * 65_536 + 100)
const { manifest } = film
const { root } = manifest.descriptor
const ALL = { from: 0, to: film.bytes.length }

afterEach(() => vi.useRealTimers())

/** A link of a viewer who knows the root alone, to one who has the manifest; `read` is what that one gives. */
async function asking(read = (span: { from: number; to: number }) => manifest.read(span, true)) {
  const [near, far] = connect()
  const side = linkOn(near, root)
  const other = linkOn(far, manifest, { manifestAsked: (_link, span) => read(span) })
  await settled()
  return { ...side, other }
}

/** The same, to a stranger who says what a test wants. */
async function askingStranger(of: Manifest | Uint8Array = root) {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const side = linkOn(near, of)
  await stranger.sayHello()
  return { ...side, stranger }
}

test('who has only the root says hello, and is given the manifest’s file', async () => {
  const { link, names } = await asking()
  expect(names()).toEqual(['ready'])
  expect(await link.askManifest(ALL)).toEqual(film.bytes)
  expect(await link.askManifest({ from: 50, to: 60 })).toEqual(film.bytes.slice(50, 60))
  // What is beyond its end is not there.
  expect(await link.askManifest({ from: 0, to: 1_000_000 })).toEqual(film.bytes)
})

test('a long file comes in parts, and several spans one after the other', async () => {
  const long = await publishInvented(9)
  const read = async ({ from, to }: { from: number; to: number }) => long.bytes.slice(from, to)
  const { link, other } = await asking(read)
  const spans = [
    { from: 0, to: long.bytes.length },
    { from: 7, to: 200_000 },
  ]
  const answers = await Promise.all(spans.map(each => link.askManifest(each)))
  for (const [at, { from, to }] of spans.entries())
    expect(answers[at]).toEqual(long.bytes.slice(from, to))
  expect(other.isClosed()).toBe(false)
})

test('what is not here is answered with nothing', async () => {
  const { link } = await asking(async () => new Uint8Array(0))
  expect(await link.askManifest(ALL)).toHaveLength(0)
})

test.each([
  ['that nobody asked for', 0, 3, false],
  ['of another place than was asked for', 5, 3, true],
  ['longer than was asked for', 0, 101, true],
])('a part %s is an offence', async (_what, offset, length, isAsked) => {
  const { link, stranger, offence } = await askingStranger()
  if (isAsked) void link.askManifest({ from: 0, to: 100 })
  await stranger.say({ type: 'manifest', offset, bytes: new Uint8Array(length) })
  expect(offence()).toBe('peer-protocol')
})

test('more questions than may be open at a time are an offence', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const never = new Promise<Uint8Array<ArrayBuffer>>(() => {})
  const { offence } = linkOn(near, manifest, { manifestAsked: () => never })
  await stranger.sayHello()
  const question = { type: 'ask-manifest', offset: 0, length: 1 } as const
  await stranger.say(...Array.from({ length: 8 }, () => question))
  expect(offence()).toBeUndefined()
  await stranger.say(question)
  expect(offence()).toBe('peer-protocol')
})

test('who leaves, or does not answer, is waited for no longer', async () => {
  const { link, stranger } = await askingStranger()
  const asked = link.askManifest(ALL)
  await stranger.say({ type: 'bye', reason: 'leaving' })
  expect(await asked).toHaveLength(0)

  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const silent = await askingStranger()
  const unanswered = silent.link.askManifest(ALL)
  await settled()
  vi.advanceTimersByTime(5_000)
  expect(await unanswered).toHaveLength(0)
  // It may still answer, and is asked nothing until then.
  expect(await silent.link.askManifest(ALL)).toHaveLength(0)
  await silent.stranger.say({ type: 'manifest', offset: 0, bytes: film.bytes })
  expect(silent.offence()).toBeUndefined()
})

test('what is said of chunks before the manifest is known counts once it is', async () => {
  const { link, stranger, names, reported } = await askingStranger()
  await stranger.say({ type: 'have', runs: [run(0, 6)] }, { type: 'lost', runs: [run(2, 3)] })
  expect(names()).toEqual(['ready', 'early', 'early'])
  link.begin(manifest)
  expect(reported.slice(3)).toEqual([
    ['have', [run(0, 6)]],
    ['lost', [run(2, 3)]],
  ])
})

test('chunks that there are not are an offence as soon as that is known', async () => {
  const { link, stranger, offence } = await askingStranger()
  await stranger.say(encode({ type: 'have', runs: [run(0, 7)] }))
  expect(offence()).toBeUndefined()
  link.begin(manifest)
  expect(offence()).toBe('peer-protocol')
})

test('who says too much before is dropped, and may come back', async () => {
  const { stranger, offence } = await askingStranger()
  const have = encode({ type: 'have', runs: [run(0, 1)] })
  for (let count = 0; count < 1_024; count++) await stranger.channel.send(have)
  await settled()
  expect(offence()).toBeUndefined()
  await stranger.say(have)
  expect(offence()).toBe('peer-timeout')
})

/** What an exchange yields of one question, as far as it was read. */
function reading(exchange: ManifestExchange, leastBytes?: number) {
  const answers = exchange.ask(ALL, leastBytes)
  return async () => (await answers.next()).value
}

test('one neighbour after the other is asked, and who was false is banned', async () => {
  const exchange = new ManifestExchange()
  const bans: string[] = []
  const has = await asking()
  const hasNothing = await asking(async () => new Uint8Array(0))
  const isFalse = await asking(async ({ from, to }) => new Uint8Array(to - from))
  const next = reading(exchange)
  const first = next()
  await settled()
  for (const [name, { link }] of Object.entries({ hasNothing, isFalse, has }))
    exchange.join(link, ({ code }) => void bans.push(`${name}: ${code}`))
  expect(await first).toEqual(new Uint8Array(ALL.to))
  expect(bans).toEqual([])
  expect(await next()).toEqual(film.bytes)
  expect(bans).toEqual(['isFalse: manifest-mismatch'])
})

test('who had nothing is asked again as soon as it has chunks', async () => {
  const exchange = new ManifestExchange()
  let isHere = false
  const { link } = await asking(async span =>
    isHere ? manifest.read(span, true) : new Uint8Array(0),
  )
  exchange.join(link, () => {})
  const answer = reading(exchange)()
  await settled()
  isHere = true
  const startedAtMs = performance.now()
  exchange.has(link)
  expect(await answer).toEqual(film.bytes)
  expect(performance.now() - startedAtMs).toBeLessThan(1_000)
})

test('an answer of fewer bytes than are of use counts as none', async () => {
  const exchange = new ManifestExchange()
  const bans: unknown[] = []
  const part = await asking(({ from }) => manifest.read({ from, to: 100 }))
  const whole = await asking()
  for (const { link } of [part, whole]) exchange.join(link, error => void bans.push(error))
  expect(await reading(exchange)()).toEqual(film.bytes)
  expect(await reading(exchange, 1)()).toEqual(film.bytes.slice(0, 100))
  expect(bans).toEqual([])
})
