/** Builds `dist`: the files that a site hosts, the entries for bundlers, and the command line. */

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import esbuild from 'rollup-plugin-esbuild'
import license from 'rollup-plugin-license'

const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const external = id =>
  id.startsWith('node:') ||
  Object.keys({ ...dependencies, ...optionalDependencies }).some(
    name => id === name || id.startsWith(`${name}/`),
  )

const browser = [
  nodeResolve({ browser: true }),
  esbuild({
    target: 'es2022',
    define: {
      // workbox asks for it; in a browser there is no `process`.
      'process.env.NODE_ENV': '"production"',
      // The same number, which terser writes as 1/0.
      'Number.POSITIVE_INFINITY': 'Infinity',
    },
    include: /\.[jt]s$/,
    exclude: [],
  }),
]

/** What makes a file small after gzip, which is not always what makes it short. */
const compress = {
  // The tag and the worker are no modules once they are built: they stay strict.
  directives: false,
  passes: 6,
  // Calls are more alike than bodies with arguments and variables put in their place;
  inline: 1,
  // comparisons as they were written more than those turned round, statements more than lists with commas.
  lhs_constants: false,
  sequences: false,
}

/** trystero prints which peers have left meanwhile: noise on the site's console. Our own notices are the tag's. */
const QUIET = { drop_console: ['warn', 'error'] }

/** Libraries that are within the files that a site hosts. */
const libraries = new Map()

const noteLibraries = license({
  thirdParty: found => {
    for (const library of found) libraries.set(library.name, library)
  },
})

/** `dist/swarmtag-licenses.txt`: what their licences want to be with each copy. */
const writeLicenses = () => {
  const texts = [...libraries.values()]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ name, version, license, licenseText }) => {
      if (!licenseText) throw new Error(`${name} has no text of its licence`)
      return `${name} ${version} (${license})\n\n${licenseText.trim()}\n`
    })
  const own = readFileSync('LICENSE', 'utf8').trim()
  writeFileSync(
    'dist/swarmtag-licenses.txt',
    [`Swarmtag (MIT)\n\n${own}\n`, ...texts].join(`\n${'-'.repeat(80)}\n\n`),
  )
}

/** A file that a site hosts: everything in one. `output` and `dropped` have what is special about it. */
const hosted = (input, name, format, output = {}, dropped = {}) => ({
  input,
  // What workbox runs when it is loaded marks its version, and nothing else.
  treeshake: { moduleSideEffects: id => !id.includes('/node_modules/workbox-') },
  plugins: [
    ...browser,
    noteLibraries,
    terser({ ecma: 2020, module: true, compress: { ...compress, ...dropped } }),
  ],
  output: {
    file: `dist/${name}.js`,
    format,
    sourcemap: true,
    inlineDynamicImports: true,
    banner: '/*! swarmtag-licenses.txt */',
    ...output,
  },
})

/** What the `integrity` attribute of a tag takes. */
const integrityOf = name =>
  `sha384-${createHash('sha384')
    .update(readFileSync(`dist/${name}.js`))
    .digest('base64')}`

/** The snippet as it is pasted, without an end of line; what a policy's `script-src` takes for it. */
const writeSnippet = () => {
  const path = 'dist/swarmtag-snippet.js'
  const text = readFileSync(path, 'utf8').trim()
  writeFileSync(path, text)
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** `dist/integrity.json`: the digests of the files that a site hosts, and of the snippet. */
const writeIntegrity = () => {
  const names = ['swarmtag', 'swarmtag-peers', 'swarmtag-sw', 'swarmtag-hash']
  const digests = Object.fromEntries(names.map(name => [`${name}.js`, integrityOf(name)]))
  digests['swarmtag-snippet.js'] = writeSnippet()
  writeFileSync('dist/integrity.json', `${JSON.stringify(digests, null, 2)}\n`)
}

const writeAboutHosted = () => {
  writeIntegrity()
  writeLicenses()
}

/** An entry for a site that bundles: dependencies stay imports. */
const entry = (input, name) => ({
  input: { [name]: input },
  external,
  plugins: browser,
  output: { dir: 'dist', format: 'es', sourcemap: true, chunkFileNames: '[name].js' },
})

/** Files for Node, and what they have in common. */
const node = (input, output) => ({
  input,
  external,
  plugins: [nodeResolve(), esbuild({ target: 'node20' })],
  output: { dir: 'dist', format: 'es', sourcemap: true, ...output },
})

export default [
  // Ahead of the tag, which carries its digest.
  hosted('src/client/page-engine.ts', 'swarmtag-peers', 'es', {}, QUIET),
  hosted('src/client/script.ts', 'swarmtag', 'iife', {
    intro: () => `const PEERS_INTEGRITY = '${integrityOf('swarmtag-peers')}'`,
  }),
  // In the page itself, where a comment on a file beside it has no place.
  hosted('src/client/snippet.ts', 'swarmtag-snippet', 'iife', { sourcemap: false }),
  hosted('src/sw/worker.ts', 'swarmtag-sw', 'iife'),
  hosted('src/hash/worker.ts', 'swarmtag-hash', 'iife'),
  entry('src/client/index.ts', 'client'),
  {
    ...entry('src/sw/index.ts', 'sw'),
    plugins: [...browser, { name: 'about-hosted', writeBundle: writeAboutHosted }],
  },
  node(
    // An entry of its own: what `cli` waits for while it is run must not import from it.
    { cli: 'src/cli/index.ts', seeder: 'src/seed/seeder.ts' },
    {
      chunkFileNames: 'cli-shared.js',
      banner: ({ name }) => (name === 'cli' ? '#!/usr/bin/env node' : ''),
    },
  ),
  node({ admission: 'src/cli/admission.ts' }),
]
