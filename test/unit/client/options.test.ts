import { expect, test } from 'vitest'
import { checkPageOptions } from '../../../src/client/options.js'
import { checkSwarmOptions } from '../../../src/client/swarm-options.js'

const place = {
  pageUrl: 'https://site.example/film/page.html?q=1#top',
  scriptUrl: 'https://site.example/js/swarmtag.js',
}

function check(options: object, where: Partial<typeof place> = {}) {
  const page = checkPageOptions(options, { ...place, ...where })
  const swarm = checkSwarmOptions(options, { ...place, ...where })
  return {
    settings: { ...page.settings, ...swarm.settings },
    problems: [...page.problems, ...swarm.problems],
  }
}

/** The settings that good options make. */
function settingsOf(options: object, where?: Partial<typeof place>) {
  const { settings, problems } = check(options, where)
  expect(problems).toEqual([])
  return settings
}

const DEFAULTS = {
  trackers: [],
  iceServers: [],
  isRelayed: false,
  consent: 'off',
  uploadLimits: {
    bytesPerSecond: Number.POSITIVE_INFINITY,
    share: Number.POSITIVE_INFINITY,
    sessionBytes: 4 * 1_024 ** 3,
    monthBytes: 64 * 1_024 ** 3,
  },
  match: [],
  ignoreQuery: [],
  key: undefined,
  admissionKey: undefined,
  token: undefined,
  origin: 'fallback',
  role: 'provider',
  storeBytes: undefined,
  receiveUrl: 'https://site.example/film/page.html?q=1#top',
  workerUrl: 'https://site.example/js/swarmtag-sw.js',
  scope: undefined,
  mostHoldMs: 3_000,
  ahead: 'worker',
  logLevel: 'off',
}

test('without options every default is in place', () => {
  expect(settingsOf({})).toEqual(DEFAULTS)
})

test('an option that is undefined is not given', () => {
  expect(settingsOf({ tracker: undefined, upload: undefined })).toEqual(DEFAULTS)
})

test.each([
  { page: 'https://site.example/a/', tracker: 'wss://t.example/x', url: 'wss://t.example/x' },
  { page: 'https://site.example/a/', tracker: 'ws://t.example/x', url: 'ws://t.example/x' },
  { page: 'https://site.example/a/', tracker: '/announce', url: 'wss://site.example/announce' },
  { page: 'https://site.example/a/', tracker: 'announce', url: 'wss://site.example/a/announce' },
  { page: 'https://site.example/a/', tracker: '//t.example/x', url: 'wss://t.example/x' },
  { page: 'https://site.example/a/', tracker: 'https://t.example', url: 'wss://t.example/' },
  { page: 'http://localhost:8000/', tracker: '/announce', url: 'ws://localhost:8000/announce' },
])('on $page the tracker $tracker is $url', ({ page, tracker, url }) => {
  expect(settingsOf({ tracker: [tracker] }, { pageUrl: page }).trackers).toEqual([url])
})

test('all trackers are taken, in order', () => {
  expect(settingsOf({ tracker: ['/a', 'wss://b.example/'] }).trackers).toEqual([
    'wss://site.example/a',
    'wss://b.example/',
  ])
})

test.each([
  { ice: [{ urls: 'stun:s.example' }], servers: [{ urls: ['stun:s.example'] }] },
  {
    ice: [{ urls: ['turn:t.example:3478', 'turns:t.example'], username: 'u', credential: 'c' }],
    servers: [{ urls: ['turn:t.example:3478', 'turns:t.example'], username: 'u', credential: 'c' }],
  },
])('ICE servers are taken as RTCPeerConnection takes them: $ice', ({ ice, servers }) => {
  expect(settingsOf({ ice }).iceServers).toEqual(servers)
})

test.each([
  { match: ['/videos/*'], patterns: ['https://site.example/videos/*'] },
  { match: ['*.mp4'], patterns: ['https://site.example/film/*.mp4'] },
  { match: ['https://site.example/a.mp4'], patterns: ['https://site.example/a.mp4'] },
  { match: ['https://cdn.example/*'], patterns: ['https://cdn.example/*'] },
])('$match matches $patterns', ({ match, patterns }) => {
  expect(settingsOf({ match }).match).toEqual(patterns)
})

test.each([
  [{ origin: 'never' }, { origin: 'never' }],
  [{ origin: 'fallback' }, { origin: 'fallback' }],
  [{ ahead: 'page' }, { ahead: 'page' }],
  [{ upload: 'on' }, { role: 'provider' }],
  [{ upload: 'off' }, { role: 'receiver' }],
  [{ storeBytes: 0 }, { storeBytes: 0 }],
  [{ storeBytes: 1e9 }, { storeBytes: 1e9 }],
  [{ worker: '/sw.js' }, { workerUrl: 'https://site.example/sw.js' }],
  [{ worker: 'sw.js' }, { workerUrl: 'https://site.example/film/sw.js' }],
  [{ worker: 'own' }, { workerUrl: undefined }],
  [{ key: 'AbC=' }, { key: 'AbC=' }],
  // To leave out a key that is none would be to believe everybody.
  [{ key: '' }, { key: '' }],
  [{ key: 7 }, { key: '7' }],
  [{ admissionKey: 'AbC=' }, { admissionKey: 'AbC=' }],
  [{ token: '/token?a=b' }, { token: 'https://site.example/token?a=b' }],
  [{ token: String }, { token: String }],
  [{ scope: '/' }, { scope: 'https://site.example/' }],
])('%o makes %o', (options, settings) => {
  expect(settingsOf(options)).toEqual({ ...DEFAULTS, ...settings })
})

test('the worker is beside the script, or at the root if the script is from elsewhere', () => {
  expect(settingsOf({}, { scriptUrl: 'https://cdn.example/1/swarmtag.js' }).workerUrl).toBe(
    'https://site.example/swarmtag-sw.js',
  )
})

test.each([
  ['tracker', 7],
  ['tracker', [7]],
  ['tracker', ['mailto:me@site.example']],
  ['tracker', ['ftp://t.example/']],
  ['tracker', ['https://[']],
  ['ice', ['stun:s.example']],
  ['ice', [null]],
  ['ice', [{}]],
  ['ice', [{ urls: 7 }]],
  ['ice', [{ urls: 'https://s.example' }]],
  ['ice', [{ urls: ['stun:s.example', 'stun:'] }]],
  ['match', { 0: '/videos/*' }],
  ['match', [null]],
  ['match', ['https://']],
  ['origin', 'always'],
  ['origin', true],
  ['upload', 'yes'],
  ['upload', false],
  ['storeBytes', true],
  ['storeBytes', -1],
  ['storeBytes', Number.NaN],
  ['worker', ''],
  ['worker', 7],
  ['worker', 'https://['],
  ['scope', ''],
  ['token', ''],
  ['token', 7],
  ['scope', null],
])('%s may not be %o: that is logged, and the default is used', (name, value) => {
  const { settings, problems } = check({ [name]: value })
  expect(settings).toEqual(DEFAULTS)
  expect(problems).toEqual([
    expect.objectContaining({ name: 'SwarmtagError', code: 'option-invalid' }),
  ])
  expect(problems[0]?.detail).toMatch(new RegExp(`^${name}: `))
})

test.each(['trackers', 'consents', '__proto__x', 'Tracker'])(
  '%s is no option: that is said',
  name => {
    const { settings, problems } = check({ [name]: 'x' })
    expect(settings).toEqual(DEFAULTS)
    expect(problems).toMatchObject([{ code: 'option-invalid' }])
    expect(problems[0]?.detail).toMatch(new RegExp(`^${name}: `))
  },
)

test('one bad option leaves the others as they are', () => {
  const { settings, problems } = check({ origin: 'always', upload: 'off', tracker: ['/t'] })
  expect(settings).toMatchObject({
    origin: 'fallback',
    role: 'receiver',
    trackers: ['wss://site.example/t'],
  })
  expect(problems).toHaveLength(1)
})

test.each([
  [{ tracker: '/a' }, { tracker: ['/a'] }],
  [{ tracker: ' wss://a.example,\n  /b ' }, { tracker: ['wss://a.example', '/b'] }],
  [{ tracker: '' }, { tracker: [] }],
  [{ match: '/videos/*  *.mp4' }, { match: ['/videos/*', '*.mp4'] }],
  [{ ignoreQuery: 'Expires X-Amz-*' }, { ignoreQuery: ['Expires', 'X-Amz-*'] }],
  [
    { ice: 'stun:a.example, stun:b.example' },
    { ice: [{ urls: 'stun:a.example' }, { urls: 'stun:b.example' }] },
  ],
  [{ ice: '{"urls":"turn:a.example"}' }, { ice: [{ urls: 'turn:a.example' }] }],
  [{ ice: ' [{"urls":"stun:a.example"}]' }, { ice: [{ urls: 'stun:a.example' }] }],
  [{ storeBytes: '1000000' }, { storeBytes: 1_000_000 }],
  [
    { origin: 'never', upload: 'off', worker: '/sw.js', scope: '/' },
    { origin: 'never', upload: 'off', worker: '/sw.js', scope: '/' },
  ],
  [{}, {}],
])('the attributes %o say what the options %o do', (dataset, options) => {
  expect(settingsOf(dataset)).toEqual(settingsOf(options))
})

test.each([
  ['ice', '[{"urls":'],
  ['ice', 'https://s.example'],
  ['ice', '[7]'],
  ['storeBytes', 'lots'],
  ['storeBytes', '-5'],
  ['storeBytes', ''],
  ['origin', ''],
  ['upload', 'ON'],
  ['worker', ''],
  ['peers', '12'],
])('the attribute %s="%s" is said to be wrong by its name', (name, text) => {
  const { settings, problems } = check({ [name]: text })
  expect(settings).toEqual(DEFAULTS)
  expect(problems.map(each => each.detail.split(':')[0])).toEqual([name])
})

test.each(['required', 'ask'] as const)('the viewer is asked first: %s', consent => {
  expect(settingsOf({ consent }).consent).toBe(consent)
})

test.each(['', 'yes', 'Required'])('consent that is misspelt as %j is required', consent => {
  const { settings, problems } = check({ consent })
  expect(settings.consent).toBe('required')
  expect(problems).toHaveLength(1)
})

test.each(['', 'yes', 'true'])('a relay that is misspelt as %j is the only way', relay => {
  const { settings, problems } = check({ relay })
  expect(settings.isRelayed).toBe(true)
  expect(problems).toHaveLength(1)
})

test('a relay is the only way where the site says so', () => {
  expect(settingsOf({ relay: 'only' }).isRelayed).toBe(true)
  expect(settingsOf({ relay: 'off' }).isRelayed).toBe(false)
})

test('what a viewer gives is limited as the attributes say', () => {
  const attributes = {
    uploadRate: '250000',
    uploadShare: '1.5',
    uploadSessionBytes: '1e9',
    uploadMonthBytes: '0',
  }
  expect(settingsOf(attributes).uploadLimits).toEqual({
    bytesPerSecond: 250_000,
    share: 1.5,
    sessionBytes: 1e9,
    monthBytes: 0,
  })
})
