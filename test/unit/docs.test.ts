/** The documents name what exists: paths, headings, options, events, error codes, constants and their values. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { USAGE } from '../../src/cli/command-line.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
]

/** Files that a build makes: named by the package or by its bundler. */
const BUILT = new Set([
  'dist',
  ...(read('package.json').match(/dist\/[\w./-]+/g) ?? []),
  ...[...read('rollup.config.mjs').matchAll(/hosted\('[^']+', '([\w-]+)'/g)].map(
    ([, name]) => `dist/${name}.js`,
  ),
])

const exists = (path: string): boolean => BUILT.has(path) || existsSync(join(ROOT, path))

const withoutBlocks = (text: string): string => text.replace(/^```.*?^```$/gms, '')

const codeIn = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)

/** A file of ours by its ending, or anything in one of our folders; never a URL, a pattern or a command. */
function isPath(code: string): boolean {
  if (/[\s*<>:(){}…=]/.test(code) || code.startsWith('/')) return false
  return /^(src|test|docs|demo|dist|bench|sim)(\/|$)/.test(code) || /\.(ts|mts|mjs|md)$/.test(code)
}

const linksIn = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^\w+:/.test(target))

/** Headings as GitHub names them in a URL. */
const anchorsOf = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

for (const document of DOCUMENTS) {
  test(`every path that ${document} names exists`, () => {
    expect(codeIn(read(document)).filter(code => isPath(code) && !exists(code))).toEqual([])
  })

  test(`every link of ${document} leads somewhere`, () => {
    const isDead = (link: string): boolean => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? document : normalize(join(dirname(document), path))
      return !exists(target) || (anchor !== undefined && !anchorsOf(read(target)).includes(anchor))
    }
    expect(linksIn(read(document)).filter(isDead)).toEqual([])
  })
}

test('a path that does not exist is noticed', () => {
  const text = 'See `src/nowhere.ts`, `dist/none.js`, `GET /stats.json`, `/tracker` and `src/sw`.'
  const missing = codeIn(text).filter(code => isPath(code) && !exists(code))
  expect(missing).toEqual(['src/nowhere.ts', 'dist/none.js'])
})

/** What stands between two texts of a file. */
function between(path: string, start: string, end: string): string {
  const [, body] = read(path).split(start)
  expect(body, `${start} in ${path}`).toBeDefined()
  return body?.split(end)[0] ?? ''
}

/** An interface ends with a brace at the margin; its members stand two columns in. */
const membersOf = (path: string, name: string): string[] =>
  found(between(path, `export interface ${name} {`, '\n}'), /^ {2}(\w+)\??:/gm)

/** What an expression's first group found, sorted. */
const found = (text: string, expression: RegExp): string[] =>
  [...text.matchAll(expression)].map(([, group = '']) => group).sort()

const attributeOf = (option: string): string =>
  `data-${option.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

test('README has every option, and no other', () => {
  const options = membersOf('src/client/options.ts', 'SwarmtagOptions')
  expect(options.length).toBeGreaterThan(5)
  const attributes = options.map(attributeOf).sort()
  const readme = read('README.md')
  expect(found(readme, /^\| `(data-[\w-]+)` \|/gm)).toEqual(attributes)
  expect(found(readme, /\b(data-[a-z-]+)/g).filter(name => !attributes.includes(name))).toEqual([])
  expect(options.filter(option => !codeIn(readme).includes(option))).toEqual([])
})

test('README has every event, and every figure of a video', () => {
  const code = codeIn(read('README.md'))
  const events = membersOf('src/engine/events.ts', 'EngineEvents')
  const figures = membersOf('src/client/stats.ts', 'VideoStats')
  expect(events).toContain('notice')
  expect(figures).toContain('offload')
  expect([...events, ...figures].filter(name => !code.includes(name))).toEqual([])
})

test('README has every option of serve, and no other', () => {
  const options = found(USAGE, /^ {2}(--[a-z]+) [A-Z]/gm)
  expect(options).toContain('--port')
  expect(found(read('README.md'), /^\| `(--[a-z]+) [A-Z]+` \|/gm)).toEqual(options)
})

test('the documents tell what follows from every error code, and of no other', () => {
  const codes = found(
    between('src/core/errors.ts', 'export type ErrorCode =', '\n\n'),
    /\| '([\w-]+)'/g,
  )
  expect(codes).toContain('origin-failed')
  expect(found(read('docs/errors.md'), /^\| `([\w-]+)` \|/gm)).toEqual(codes)
})

/** All code of a folder, as one text. */
const codeOf = (folder: string): string =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.m?[jt]s$/.test(name) && !/node_modules|docs\.test\.ts$/.test(name))
    .map(name => read(join(folder, name)))
    .join('\n')

test('constants and private members that are named exist, and so do the tests', () => {
  const src = codeOf('src') + codeOf('bench')
  const tests = codeOf('test')
  const missing = DOCUMENTS.flatMap(document => {
    const text = read(document)
    const names = codeIn(text).filter(code => /^(#\w+|[A-Z]+(_[A-Z]+)+)$/.test(code))
    // A test is cited by a part of its title, with dots for the rest.
    const titles = found(text, /\*(…[^*]+|[^*\n]+…)\*/g).map(title => title.replaceAll('…', ''))
    return [
      ...names.filter(name => !src.includes(name) && !tests.includes(name)),
      ...titles.filter(title => !tests.includes(title.replace(/\s+/g, ' ').trim())),
    ].map(name => `${document}: ${name}`)
  })
  expect(missing).toEqual([])
})

const UNITS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['KiB', 1_024],
  ['MiB', 1_024 ** 2],
  ['GiB', 1_024 ** 3],
  ['chunks', 1],
  ['', 1],
])

interface Row {
  readonly value: string
  readonly name: string
  readonly path: string
}

/** Rows that end their third cell in a constant and its file: `NAME` in `src/file.ts`. */
const rowsIn = (text: string): Row[] =>
  [...text.matchAll(/\| ([^|]+) \| `([A-Z_]+)` in `([^`]+)` \|/g)].map(
    ([, value = '', name = '', path = '']) => ({ value, name, path }),
  )

function documented(value: string): number {
  const [, number = '', unit = ''] = /^([\d.,]+) ?(\w*)$/.exec(value) ?? []
  return Number(number.replaceAll(',', '')) * (UNITS.get(unit) ?? Number.NaN)
}

/** A constant's value, where it is a product of numbers and of the size of a chunk. */
function declared({ name, path }: Row): number {
  const [, expression = 'NaN'] = new RegExp(`const ${name} = ([^\n]+)`).exec(read(path)) ?? []
  return expression
    .replace('CHUNK_BYTES', '65_536')
    .replaceAll('_', '')
    .split(' * ')
    .map(factor => factor.split(' ** ').map(Number))
    .map(([base = Number.NaN, exponent = 1]) => base ** exponent)
    .reduce((product, factor) => product * factor)
}

for (const document of ['docs/limits.md', 'docs/decisions/scheduling.md'])
  test(`the limits in ${document} are those of the code`, () => {
    const rows = rowsIn(read(document))
    expect(rows.length).toBeGreaterThan(10)
    const told = rows.map(row => `${row.name} in ${row.path}: ${documented(row.value)}`)
    expect(told.filter(each => each.includes('NaN'))).toEqual([])
    const real = rows.map(row => `${row.name} in ${row.path}: ${declared(row)}`)
    expect(told).toEqual(real)
  })

test('every constant that the scheduler decides by is in its table', () => {
  const rows = rowsIn(read('docs/decisions/scheduling.md'))
  for (const path of [
    'src/core/scheduling/scheduler.ts',
    'src/core/scheduling/asking.ts',
    'src/core/scheduling/origin-grant.ts',
    'src/core/scheduling/origin-line.ts',
    'src/core/scheduling/origin-runs.ts',
    'src/core/scheduling/neighbour.ts',
  ]) {
    const named = rows.filter(row => row.path === path).map(({ name }) => name)
    expect(named.sort()).toEqual(found(read(path), /^const ([A-Z_]+) = /gm))
  }
})
