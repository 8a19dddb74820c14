import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { connectionsOf, offerOf } from './offered-connections.js'

/** One clock for all: what offers may have tried is counted over the life of the page. */
beforeAll(() => void vi.useFakeTimers())
afterAll(() => void vi.useRealTimers())
// What offers of other tests had tried has come in again by then.
beforeEach(() => void vi.advanceTimersByTime(60_000))

let networks = 0
/** Ten addresses that nobody else has. */
function tenAddresses(): string[] {
  networks++
  return Array.from({ length: 10 }, (_, at) => `10.${2 + (networks >> 8)}.${networks & 255}.${at}`)
}

test('however many neighbours come by offers of theirs, six connections stay for this viewer’s own', async () => {
  const { meet, answer, offerAll } = connectionsOf()
  let neighbours = 0
  while (neighbours < 100 && (await meet())) neighbours++
  expect(neighbours).toBe(22)
  expect(await answer()).toBeUndefined()
  expect(offerAll()).toBe(6)
})

test('however many offers lead to nothing, all other connections stay for this viewer’s own', async () => {
  const { answer, open, offerAll } = connectionsOf()
  for (let offers = 0; offers < 200; offers++) {
    await answer()
    vi.advanceTimersByTime(5)
  }
  expect(open()).toBe(8)
  expect(offerAll()).toBe(20)
  vi.advanceTimersByTime(8_000)
  expect(open()).toBe(0)
})

test('who claims the id of a neighbour is another peer, and is not that neighbour’s second connection', async () => {
  const { meet, answer } = connectionsOf()
  const ann = { id: 'ann'.padEnd(20, '0'), certificate: 'sha-256 ann' }
  await meet({ id: ann.id, certificate: 'sha-256 mallory' })
  expect(await meet(ann)).toBeDefined()
  await expect(answer(ann)).rejects.toThrow('a neighbour already')
})

test('who was a neighbour before finds a place while offers of ever new names take all others', async () => {
  const { meet, answer } = connectionsOf()
  const ann = { certificate: 'sha-256 ann', addresses: ['10.9.9.9'] }
  const before = await meet(ann)
  before?.close()
  // Until all that offers may try is used up as well.
  for (let offers = 0; offers < 3_000; offers++) {
    await answer()
    vi.advanceTimersByTime(11)
  }
  expect(await answer()).toBeUndefined()
  expect(await answer(ann)).toBeDefined()
})

test('of all rooms of the page together, offers have sixty addresses tried at once, and two a second', async () => {
  const rooms = [connectionsOf(), connectionsOf()]
  let count = 0
  const next = async () => {
    const answered = await rooms[count % 2]?.answer({ addresses: tenAddresses() })
    if (answered) count++
    return answered !== undefined
  }
  while (count < 100 && (await next()));
  expect(count).toBe(6)
  vi.advanceTimersByTime(4_999)
  expect(await next()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(await next()).toBe(true)
  expect(await next()).toBe(false)
})

test('an offer that led to a neighbour, or found no place, has used up no addresses', async () => {
  const { meet, answer } = connectionsOf()
  for (let offers = 0; offers < 10; offers++)
    expect(await meet({ addresses: tenAddresses() })).toBeDefined()
  for (let offers = 0; offers < 100; offers++) await answer()
  // Eight have places, with one address each.
  const other = connectionsOf()
  for (let offers = 0; offers < 5; offers++)
    expect(await other.answer({ addresses: tenAddresses() })).toBeDefined()
  expect(await other.answer({ addresses: tenAddresses() })).toBeUndefined()
})

test('who has half of the addresses tried gets no more of them, and others do', async () => {
  const { answer } = connectionsOf()
  const flooding = () => answer({ certificate: 'sha-256 flood', addresses: tenAddresses() })
  for (let offers = 0; offers < 3; offers++) expect(await flooding()).toBeDefined()
  expect(await flooding()).toBeUndefined()
  expect(await answer({ addresses: tenAddresses() })).toBeDefined()
})

test('a flood of ever new names with an address each does not shut out who has three', async () => {
  const { answer } = connectionsOf()
  let met = 0
  for (let offers = 0; offers < 8_000; offers++) {
    // By then what was there at first is used up.
    const isHonest = offers > 3_000 && offers % 7 === 0
    const connection = await answer(isHonest ? { addresses: tenAddresses().slice(0, 3) } : {})
    if (isHonest && connection) met++
    vi.advanceTimersByTime(11)
  }
  expect(met).toBeGreaterThan(0)
})

test('of the addresses of an offer, and of an answer, the browser is given a handful', async () => {
  const many = Array.from({ length: 120 }, (_, at) => `10.3.0.${at}`)
  const { connections, answer } = connectionsOf()
  const given = (connection?: RTCPeerConnection) =>
    connection?.remoteDescription?.sdp.match(/^a=candidate/gm)?.length
  expect(given(await answer({ addresses: many }))).toBe(10)
  const own = new connections.Connection()
  own.createDataChannel('data')
  await own.setRemoteDescription({ type: 'answer', sdp: offerOf({ addresses: many }).sdp })
  expect(given(own)).toBe(10)
})
