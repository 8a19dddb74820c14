import { expect, test } from 'vitest'
import { type Finding, type Found, readFinding, readFound } from '../../../src/bridge/find.js'
import { BRIDGE_VERSION } from '../../../src/bridge/messages.js'

const finding: Finding = {
  type: 'swarmtag:find',
  version: BRIDGE_VERSION,
  url: 'https://site.example/swarmtag/0123',
  root: '0123456789abcdef'.repeat(4),
}
const found: Found = { type: 'found', descriptor: new Uint8Array(3) }

test('the page reads what the worker looks for, and the worker what was found', () => {
  expect(readFinding(structuredClone(finding))).toEqual(finding)
  expect(readFound(structuredClone(found))).toEqual(found)
  const notSought: Found = { type: 'not-sought', detail: 'no tracker' }
  expect(readFound(structuredClone(notSought))).toEqual(notSought)
})

test.each([
  ['type', ['swarmtag:open', undefined]],
  ['version', [BRIDGE_VERSION + 1, undefined]],
  ['url', [7, undefined]],
  ['root', [7, undefined, '', 'g'.repeat(64), 'A'.repeat(64), '0'.repeat(63)]],
])('a question with another %s is none', (name, values) => {
  for (const value of values) expect(readFinding({ ...finding, [name]: value })).toBeUndefined()
})

test('an answer that is no descriptor, or could still change, is none', () => {
  for (const descriptor of [undefined, [1], new Uint8Array(new SharedArrayBuffer(3))])
    expect(readFound({ type: 'found', descriptor })).toBeUndefined()
  for (const data of [null, 7, {}, { type: 'not-sought' }]) expect(readFound(data)).toBeUndefined()
})
