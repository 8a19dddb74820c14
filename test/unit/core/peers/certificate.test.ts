import { expect, test } from 'vitest'
import { certificateOf } from '../../../../src/core/peers/certificate.js'

const ANN = 'a=fingerprint:sha-256 AB:CD'
const BOB = 'a=fingerprint:sha-256 12:34'

test('a peer is known by the certificate that its description names, however often and in whatever case', () => {
  expect(certificateOf(['v=0', ANN, 'm=application', ANN.toLowerCase(), ''].join('\r\n'))).toBe(
    'sha-256 ab:cd',
  )
})

test('who names no certificate, or several, is nobody', () => {
  expect(certificateOf('v=0\r\n')).toBeUndefined()
  expect(certificateOf(`${ANN}\r\n${BOB}\r\n`)).toBeUndefined()
})
