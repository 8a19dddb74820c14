import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { toHex } from '../../../src/store/hex.js'
import { decode, encode } from '../../../src/swarm/codec.js'
import type { PeerMessage } from '../../../src/swarm/messages.js'

interface Vectors {
  chunks: number
  messages: { name: string; hex: string; message: Record<string, unknown> & { type: string } }[]
  refused: { name: string; hex: string }[]
}

const { chunks, messages, refused }: Vectors = JSON.parse(
  readFileSync(new URL('../../vectors/wire.json', import.meta.url), 'utf8'),
)

const bytesOf = (hex: unknown) => new Uint8Array(Buffer.from(String(hex), 'hex'))

/** A message of the vectors as the codec knows it: where it has bytes, the vectors have text. */
function messageOf({ message }: Vectors['messages'][number]): PeerMessage {
  if (message.type === 'hello') return { ...message, root: bytesOf(message.root) } as PeerMessage
  if (message.type === 'data' || message.type === 'manifest')
    return { ...message, bytes: bytesOf(message.bytes) } as PeerMessage
  if (message.type === 'join') return { ...message, proof: bytesOf(message.proof) } as PeerMessage
  return message as PeerMessage
}

test('there is a vector for every type of message', () => {
  expect(new Set(messages.map(each => Number.parseInt(each.hex.slice(0, 2), 16)))).toEqual(
    new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  )
})

test.each(messages)('$name is written as its vector says', vector => {
  expect(toHex(encode(messageOf(vector)))).toBe(vector.hex)
})

test.each(messages)('$name is read as its vector says', vector => {
  expect(decode(bytesOf(vector.hex).buffer, chunks)).toEqual(messageOf(vector))
})

test.each(refused)('$name is refused', ({ hex }) => {
  expect(() => decode(bytesOf(hex).buffer, chunks)).toThrow(
    expect.objectContaining({ name: 'SwarmtagError', code: 'peer-protocol' }),
  )
})
