import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trimCandidates } from '../../../../src/core/peers/candidates.js'

const HEAD = [
  'v=0',
  'o=- 46117 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=mid:0',
]

const line = (address: string, port = 50_000, type = 'host', protocol = 'udp', component = 1) =>
  `a=candidate:1 ${component} ${protocol} 2122260223 ${address} ${port} typ ${type} generation 0`

const ALL = { isRelayed: false }
const RELAYED = { isRelayed: true }

/** The candidates that are left of some. */
const left = (lines: string[], policy = ALL) =>
  trimCandidates([...HEAD, ...lines, ''].join('\r\n'), policy)
    .sdp.split('\r\n')
    .filter(each => each.includes('candidate'))

test('what a browser describes is left as it is', () => {
  const lines = [
    line('192.168.1.7'),
    line('1f4712db-ea17-4bcf-a596-105139dfd8bf.local', 50_001),
    line('2001:db8::7', 50_002),
    `${line('203.0.113.7', 50_003, 'srflx')} raddr 192.168.1.7 rport 50000`,
    `${line('198.51.100.7', 50_004, 'relay')} raddr 203.0.113.7 rport 50003`,
  ]
  const sdp = [...HEAD, ...lines, 'a=end-of-candidates', ''].join('\r\n')
  const trimmed = trimCandidates(sdp, ALL)
  expect(trimmed.sdp).toBe(sdp)
  expect(trimmed.addresses).toEqual([
    '192.168.1.7',
    '1f4712db-ea17-4bcf-a596-105139dfd8bf.local',
    '2001:db8:0:0',
    '203.0.113.7',
    '198.51.100.7',
  ])
})

test.each([
  ['nobody', '0.0.0.0'],
  ['nobody of IPv6', '::'],
  ['many', '224.0.0.251'],
  ['many of IPv6', 'ff02::fb'],
  ['all', '255.255.255.255'],
  ['all of a network', '192.168.1.255'],
  ['reserved', '240.0.0.1'],
  ['the viewer itself', '127.0.0.1'],
  ['the viewer itself, of IPv6', '::1'],
  ['one that holds an address of IPv4', '::ffff:224.0.0.1'],
  ['the same as numbers', '::ffff:e000:1'],
  ['a network without a router', 'fe80::1'],
  ['a name that any server answers', 'victim.example'],
  ['a name in the network', 'printer.local'],
  ['no address', '999.1.1.1'],
  ['numbers of another kind', '0x7f.1'],
])('nothing is sent to %s: %s', (_, address) => {
  expect(left([line(address)])).toEqual([])
})

test.each([0, 22, 53, 80, 443, 1_023, 1_720, 2_049, 5_060, 6_000, 6_697, 10_080, 65_536])(
  'nothing is sent to port %d',
  port => {
    expect(left([line('203.0.113.7', port)])).toEqual([])
  },
)

test('nothing is sent over TCP, to a second component, or to kinds that no browser tells of', () => {
  expect(left([line('203.0.113.7', 50_000, 'host', 'tcp')])).toEqual([])
  expect(left([line('203.0.113.7', 50_000, 'host', 'udp', 2)])).toEqual([])
  expect(left([line('203.0.113.7', 50_000, 'prflx')])).toEqual([])
  expect(left(['a=remote-candidates:1 203.0.113.7 50000'])).toEqual([])
})

test('where the page connects through relays alone, only relays are tried', () => {
  const relay = line('198.51.100.7', 50_000, 'relay')
  expect(left([line('203.0.113.7'), line('203.0.113.8', 1_234, 'srflx'), relay], RELAYED)).toEqual([
    relay,
  ])
})

test('the same place twice is one', () => {
  expect(
    left([line('203.0.113.7'), line('203.0.113.7'), line('203.0.113.7', 50_001)]),
  ).toHaveLength(2)
})

test('of 120 candidates of each kind a handful is left', () => {
  const many = (type: string) =>
    Array.from({ length: 120 }, (_, index) => line(`203.0.113.${index + 1}`, 50_000, type))
  expect(left(many('host'))).toHaveLength(4)
  expect(left(many('srflx'))).toHaveLength(3)
  expect(left(many('relay'))).toHaveLength(3)
})

test('many addresses of a peer’s own machine do not cost it its relay', () => {
  const relay = line('198.51.100.7', 50_000, 'relay')
  const own = Array.from({ length: 20 }, (_, index) => line(`10.0.0.${index + 1}`))
  expect(left([...own, relay])).toContain(relay)
})

test('however lines are parted and written, no candidate slips through', () => {
  const bad = line('224.0.0.1')
  for (const sdp of [
    `v=0\n${bad}\n`,
    `v=0\r${bad}\r`,
    `v=0\r\r${bad}`,
    `v=0\r\n ${bad}`,
    `v=0\r\na= candidate:1 1 udp 1 224.0.0.1 50000 typ host`,
    `v=0\r\nA=CANDIDATE:1 1 UDP 1 224.0.0.1 50000 TYP HOST`,
    `s=x\r${bad}\r\n`,
  ])
    expect(trimCandidates(sdp, ALL).sdp).not.toMatch(/224/)
})

test('whatever is sent, few are left and the rest is as it was', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.string())
  const type = fc.constantFrom('host', 'srflx', 'relay', 'prflx')
  const candidate = fc
    .tuple(address, fc.nat(70_000), type, fc.constantFrom('udp', 'tcp', 'UDP'))
    .map(([where, port, kind, protocol]) => line(where, port, kind, protocol))
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 60 }), lines => {
      const { sdp, addresses } = trimCandidates([...HEAD, ...lines, ''].join('\r\n'), ALL)
      const all = sdp.split('\r\n')
      expect(all.slice(0, HEAD.length)).toEqual(HEAD)
      expect(all.filter(each => each.startsWith('a=candidate')).length).toBeLessThanOrEqual(10)
      expect(addresses.length).toBeLessThanOrEqual(10)
      expect(trimCandidates(sdp, ALL).sdp).toBe(sdp)
    }),
  )
})
