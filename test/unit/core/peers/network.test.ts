import { expect, test } from 'vitest'
import { homeOf, networkOf } from '../../../../src/core/peers/network.js'

test.each([
  ['198.51.100.7', '198.51.100.'],
  ['198.51.100.255', '198.51.100.'],
  ['172.32.0.1', '172.32.0.'],
  ['100.128.0.1', '100.128.0.'],
  ['2001:db8:1:2::5', '2001:db8:1'],
  ['2001:DB8:1:ffff:1:2:3:4', '2001:db8:1'],
  ['2001:db8::1', '2001:db8:0'],
  ['2001:db8::', '2001:db8:0'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test.each([
  '10.1.2.3',
  '127.0.0.1',
  '192.168.1.1',
  '169.254.1.1',
  '172.16.0.1',
  '172.31.0.1',
  '100.64.0.1',
  '100.127.0.1',
  'fd00::2',
  'fe80::1',
  '::1',
  '6f1c4d2e-1f7a-4a6e-9e1c-000000000000.local',
  '',
])('%s is of none that is counted', address => {
  expect(networkOf(address)).toBeUndefined()
})

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::5', '2001:db8:1:2'],
  ['2001:db8::5', '2001:db8:0:0'],
])('%s is the home %s', (address, home) => {
  expect(homeOf(address)).toBe(home)
})
