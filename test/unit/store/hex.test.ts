import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/store/hex.js'

test('every byte takes two lower-case digits', () => {
  expect(toHex(new Uint8Array([0, 1, 15, 16, 127, 128, 255]))).toBe('00010f107f80ff')
  expect(toHex(new Uint8Array(0))).toBe('')
})

test('digits are read as the bytes that they were', () => {
  expect(fromHex('00010f107f80ff')).toEqual(new Uint8Array([0, 1, 15, 16, 127, 128, 255]))
  expect(fromHex('')).toEqual(new Uint8Array(0))
})
