import { expect, test, vi } from 'vitest'
import { type HashAsk, readHashAsk } from '../../../src/bridge/hash-messages.js'
import { GivenFile } from '../../../src/client/given-file.js'
import type { HashThread } from '../../../src/client/hashing.js'
import { CHUNK_BYTES } from '../../../src/core/units.js'
import { publish } from '../store/resources.js'

const SIZE = 3 * CHUNK_BYTES + 5
const film = await publish(SIZE)
const ROOT = film.manifest.id

/** What stands for the thread: says what the test has it say. */
class Thread implements HashThread {
  onmessage: HashThread['onmessage'] = null
  onerror: HashThread['onerror'] = null
  asked: HashAsk | undefined
  isEnded = false
  postMessage(ask: HashAsk): void {
    this.asked = ask
  }
  say(data: unknown): void {
    this.onmessage?.(new MessageEvent('message', { data }))
  }
  fail(): void {
    const facts = { message: '', filename: '', lineno: 0, colno: 0, error: undefined }
    // Node has no ErrorEvent.
    this.onerror?.(Object.assign(new Event('error'), facts))
  }
  terminate(): void {
    this.isEnded = true
  }
}

/** A file of zeros, which may become unreadable. */
class FileOnDisk extends Blob {
  isReadable = true

  override slice(from?: number, to?: number): Blob {
    const part = super.slice(from, to)
    if (!this.isReadable)
      part.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'))
    return part
  }
}

/** A share of a file that can be read or not, as the test says. */
function shareOf(signal?: AbortSignal) {
  const thread = new Thread()
  const disk = new FileOnDisk([new Uint8Array(SIZE)])
  const calls: string[] = []
  const share = new GivenFile(
    {
      ...{ file: disk, name: 'Über film.mp4', type: 'video/mp4', signal },
      bytesPerSecond: Number.POSITIVE_INFINITY,
      pageUrl: 'https://site.example/take?a=1#old',
    },
    {
      startHashing: () => thread,
      begin: async (_, manifest) => void calls.push(`begin ${manifest.id}`),
      end: () => void calls.push('end'),
      sharing: () => 'on',
    },
  )
  const states: string[] = []
  share.addEventListener('change', () => states.push(share.state))
  return { share, thread, disk, calls, states }
}

/** One that is hashed. */
async function given() {
  const all = shareOf()
  all.thread.say({ type: 'hashed', manifest: film.bytes.slice() })
  await all.share.hashed
  return all
}

test('a file is hashed in a thread, which says how far it is and ends; then it is given, and has a link', async () => {
  const { share, thread, calls, states } = shareOf()
  expect(readHashAsk(thread.asked)).toMatchObject({
    name: 'Über film.mp4',
    mediaType: 'video/mp4',
  })
  expect(share).toMatchObject({ state: 'hashing', progress: 0 })
  expect([share.root, share.link]).toEqual([undefined, undefined])
  thread.say({ type: 'progress', readBytes: SIZE / 2 })
  expect(share.progress).toBe(0.5)
  await vi.waitFor(() => expect(states).toEqual(['hashing']))
  thread.say({ type: 'hashed', manifest: film.bytes.slice() })
  const link = `https://site.example/take?a=1#${ROOT}/%C3%9Cber%20film.mp4`
  expect(await share.hashed).toBe(link)
  expect(share).toMatchObject({ state: 'sharing', link, root: ROOT, viewers: 0, givenBytes: 0 })
  expect(calls).toEqual([`begin ${ROOT}`])
  expect(thread.isEnded).toBe(true)
  expect(states).toEqual(['hashing', 'sharing'])
})

test('who came and what was given is counted, and told at once with what else happens', async () => {
  const { share, states } = await given()
  share.met(1)
  share.met(1)
  share.met(-1)
  share.gave(CHUNK_BYTES)
  share.gave(5)
  await vi.waitFor(() => expect(states).toEqual(['sharing', 'sharing']))
  expect(share).toMatchObject({ viewers: 1, givenBytes: CHUNK_BYTES + 5 })
})

test('a chunk that is false ends the share as changed, one that cannot be read as unreadable', async () => {
  const changed = await given()
  changed.share.met(1)
  await changed.share.missed()
  expect(changed.share).toMatchObject({ state: 'ended', why: 'changed', viewers: 0 })
  const unreadable = await given()
  unreadable.disk.isReadable = false
  await unreadable.share.missed()
  expect(unreadable.share).toMatchObject({ state: 'ended', why: 'unreadable' })
  for (const { calls } of [changed, unreadable]) expect(calls).toEqual([`begin ${ROOT}`, 'end'])
})

test('a file that vanished is noticed where it is looked for, also if nobody asks for it', async () => {
  const { share, disk } = await given()
  await share.look()
  expect(share.state).toBe('sharing')
  disk.isReadable = false
  await share.look()
  expect(share).toMatchObject({ state: 'ended', why: 'unreadable' })
})

test('a share ends once, for the first reason', async () => {
  const { share, calls } = await given()
  share.stop()
  await share.missed()
  share.stop()
  expect(share).toMatchObject({ state: 'ended', why: 'stopped' })
  expect(calls).toEqual([`begin ${ROOT}`, 'end'])
})

test('one that is stopped while it is hashed ends its thread, and is never given', async () => {
  const { share, thread, calls } = shareOf()
  share.stop()
  thread.say({ type: 'hashed', manifest: film.bytes.slice() })
  await expect(share.hashed).rejects.toMatchObject({ name: 'AbortError' })
  expect(thread.isEnded).toBe(true)
  expect(calls).toEqual(['end'])
  expect(share).toMatchObject({ state: 'ended', why: 'stopped' })
  expect(share.link).toBeUndefined()
})

test('its signal stops it, before or later, with its reason', async () => {
  const control = new AbortController()
  const { share, thread } = shareOf(control.signal)
  control.abort(new Error('enough'))
  await expect(share.hashed).rejects.toThrow('enough')
  expect(share.why).toBe('stopped')
  expect(thread.isEnded).toBe(true)
  const late = shareOf(AbortSignal.abort(new Error('too late')))
  await expect(late.share.hashed).rejects.toThrow('too late')
  expect(late.thread.asked).toBeUndefined()
})

test.each<[string, string, string, (thread: Thread) => void]>([
  [
    'cannot be read',
    'unreadable',
    'file-unreadable',
    thread => thread.say({ type: 'failed', detail: 'no' }),
  ],
  ['is hashed by a file that is missing', 'failed', 'unsupported', thread => thread.fail()],
  ['is hashed by another release', 'failed', 'unsupported', thread => thread.say({ type: 'done' })],
])('a file that %s is %s', async (_, why, code, act) => {
  const { share, thread, calls } = shareOf()
  act(thread)
  await expect(share.hashed).rejects.toMatchObject({ code })
  expect(share).toMatchObject({ state: 'ended', why })
  expect(thread.isEnded).toBe(true)
  expect(calls).toEqual(['end'])
})

test('a manifest of another size, or one that is damaged, is not given', async () => {
  const other = await publish(SIZE + 1)
  const damaged = film.bytes.slice()
  damaged[40] = (damaged[40] ?? 0) ^ 1
  for (const manifest of [other.bytes, damaged]) {
    const { share, thread, calls } = shareOf()
    thread.say({ type: 'hashed', manifest })
    await expect(share.hashed).rejects.toMatchObject({ name: 'SwarmtagError' })
    expect(calls).toEqual(['end'])
  }
})
