import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../../src/cli/command-line.js'

describe('commands', () => {
  test.each([
    [['manifest', 'a.mp4', 'b.mp4'], { name: 'manifest', files: ['a.mp4', 'b.mp4'] }],
    [['manifest', '--', '--odd.mp4'], { name: 'manifest', files: ['--odd.mp4'] }],
    [
      ['manifest', '--key', 'site.pem', '--days', '30', 'a.mp4'],
      { name: 'manifest', files: ['a.mp4'], keyFile: 'site.pem', days: 30 },
    ],
    [['key', 'site.pem'], { name: 'key', file: 'site.pem', isEdwards: false }],
    [['key', '--ed25519', 'site.pem'], { name: 'key', file: 'site.pem', isEdwards: true }],
    [
      ['token', '--key', 'site.pem', '--peer', 'BA', '--site', 'https://a.example'],
      { name: 'token', keyFile: 'site.pem', peer: 'BA', site: 'https://a.example' },
    ],
    [
      ['token', '--key=k', '--peer=p', '--site=s', '--root=r', '--seconds=60'],
      { name: 'token', keyFile: 'k', peer: 'p', site: 's', root: 'r', seconds: 60 },
    ],
    [['serve', 'site'], { name: 'serve', options: { root: 'site' } }],
    [
      ['serve', 'site', '--port', '0', '--host=::1', '--rate', '125000', '--latency', '40'],
      {
        name: 'serve',
        options: { root: 'site', port: 0, host: '::1', bytesPerSecond: 125_000, latencyMs: 40 },
      },
    ],
    [
      ['seed', 'a.mp4', 'b.mp4', '--tracker', 'wss://t.example'],
      {
        name: 'seed',
        options: {
          films: ['a.mp4', 'b.mp4'],
          trackers: ['wss://t.example/'],
          iceServers: [],
          bytesPerSecond: Number.POSITIVE_INFINITY,
          peers: 60,
          storeBytes: 2_147_483_648,
        },
      },
    ],
    [
      [
        ...['seed', 'a.mp4', 'HTTPS://s.example/a.mp4?v=2#t=3', '--store=16777216'],
        ...['--key=site.key', '--site=https://s.example/page'],
        ...['--tracker=ws://t/a', '--tracker=ws://u/', '--rate=5', '--peers=7'],
        ...['--ice=stun:s:3478', '--ice=turns:me:pass:word@t.example:443?transport=tcp'],
      ],
      {
        name: 'seed',
        options: {
          films: ['a.mp4', 'https://s.example/a.mp4?v=2'],
          trackers: ['ws://t/a', 'ws://u/'],
          iceServers: [
            { urls: ['stun:s:3478'] },
            {
              urls: ['turns:t.example:443?transport=tcp'],
              username: 'me',
              credential: 'pass:word',
            },
          ],
          bytesPerSecond: 5,
          peers: 7,
          storeBytes: 16_777_216,
          admission: { keyFile: 'site.key', site: 'https://s.example' },
        },
      },
    ],
    [['seed', '-h'], { name: 'help' }],
    [['--help'], { name: 'help' }],
    [['-h'], { name: 'help' }],
    [['serve', '--help'], { name: 'help' }],
    [['manifest', '-h', 'a.mp4'], { name: 'help' }],
    [['--version'], { name: 'version' }],
  ])('%j is understood', (args, command) => {
    expect(parseCommand(args)).toEqual(command)
  })

  test.each([
    [[], 'a command is missing'],
    [['sever', 'site'], 'there is no command sever'],
    [['constructor'], 'there is no command constructor'],
    [['manifest'], 'manifest takes one FILE or more'],
    [['manifest', ''], 'the name of a file is empty'],
    [['manifest', 'a.mp4', '--port', '1'], "Unknown option '--port'"],
    [['manifest', 'a.mp4', '--days', '30'], '--days takes a --key'],
    [['manifest', 'a.mp4', '--key', 'k', '--days', '0'], '--days takes a whole number from 1'],
    [['key'], 'key takes one FILE'],
    [['key', 'a', 'b'], 'key takes one FILE'],
    [['token'], 'token takes --key, --peer and --site'],
    [['token', '--key=k', '--peer=p', '--site=s', '--seconds=0'], '--seconds takes a whole number'],
    [['seed', '--tracker', 'wss://t'], 'seed takes one FILE or URL, or more'],
    [['seed', '', '--tracker', 'wss://t'], 'the name of a file is empty'],
    [['seed', 'a'], 'seed takes a --tracker'],
    [['seed', 'a', '--tracker=ws://t', '--key=k'], 'seed takes --key and --site together'],
    [['seed', 'a', '--tracker=ws://t', '--site=https://s'], '--key and --site together'],
    [['seed', 'a', '--tracker=ws://t', '--key=k', '--site=s'], '--site takes a URL, not s'],
    [['seed', 'http://', '--tracker=ws://t'], 'http:// is no URL'],
    [
      ['seed', 'https://me:secret@s.example/a.mp4', '--tracker=ws://t'],
      'a URL with a name or a password is not for everybody: s.example/a.mp4',
    ],
    [
      ['seed', 'https://s.example/a.mp4?token=1', '--tracker=ws://t'],
      'a URL that is signed (token=) is not for everybody',
    ],
    [['seed', 'a', '--tracker=ws://t', '--store=16777215'], '--store takes a whole number from 1'],
    [['seed', 'a', '--tracker', 'https://t'], '--tracker takes a URL that begins with wss://'],
    [['seed', 'a', '--tracker', 't.example'], 'not t.example'],
    [['seed', 'a', '--tracker='], 'not nothing'],
    [['seed', 'a', '--tracker=ws://t', '--rate=0'], '--rate takes a whole number from 1'],
    [['seed', 'a', '--tracker=ws://t', '--peers=0'], '--peers takes a whole number from 1'],
    [['seed', 'a', '--tracker=ws://t', '--peers=x'], '--peers takes a whole number'],
    [['seed', 'a', '--tracker=ws://t', '--ice=http://s'], '--ice takes stun:HOST:PORT'],
    [['seed', 'a', '--tracker=ws://t', '--ice=turn:t:3478'], '--ice takes stun:HOST:PORT'],
    [['seed', 'a', '--tracker=ws://t', '--ice=turn:me@t:3478'], '--ice takes stun:HOST:PORT'],
    [['serve'], 'serve takes one DIR'],
    [['serve', 'a', 'b'], 'serve takes one DIR'],
    [['serve', 'a', '--port'], '--port'],
    [['serve', 'a', '--port', '65536'], '--port takes a whole number from 0 to 65535, not 65536'],
    [['serve', 'a', '--port', '-1'], '--port'],
    [['serve', 'a', '--port=-1'], '--port takes a whole number'],
    [['serve', 'a', '--port='], 'not nothing'],
    [['serve', 'a', '--port', '0x50'], '--port takes a whole number'],
    [['serve', 'a', '--rate', '0'], '--rate takes a whole number from 1'],
    [['serve', 'a', '--rate', '1e6'], '--rate takes a whole number'],
    [['serve', 'a', '--rate', 'Infinity'], '--rate takes a whole number'],
    [['serve', 'a', '--latency', '3.5'], '--latency takes a whole number'],
    [['serve', 'a', '--latency', '600001'], '--latency takes a whole number from 0 to 600000'],
    [['serve', 'a', '--host', ''], '--host is empty'],
  ])('%j is refused', (args, why) => {
    expect(() => parseCommand(args)).toThrow(
      expect.objectContaining({
        code: 'option-invalid',
        detail: expect.stringContaining(why),
      }),
    )
  })
})
