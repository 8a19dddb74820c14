/** One site with all that is compared: the development server of the product, its files and the libraries. */

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { benchFolder, repoFolder } from './folders.mjs'
import { media } from './media.mjs'

/** Files of the libraries, served under `/lib`. */
const LIBRARIES = {
  'hls.js': 'hls.js/dist/hls.min.mjs',
  'p2p-media-loader-core.js': 'p2p-media-loader-core/dist/p2p-media-loader-core.es.min.js',
  'p2p-media-loader-hlsjs.js': 'p2p-media-loader-hlsjs/dist/p2p-media-loader-hlsjs.es.min.js',
  'webtorrent.js': 'webtorrent/dist/webtorrent.min.js',
}

/** Folders that have a worker of their own. */
const WORKERS = {
  'webtorrent/sw.js': join(benchFolder, 'node_modules/webtorrent/dist/sw.min.js'),
  'through/sw.js': join(benchFolder, 'pages/through-sw.js'),
  'hop/sw.js': join(benchFolder, 'pages/hop-sw.js'),
}

/** The `dist` of another release, to be measured beside this one. */
export const earlierDist = process.env.SWARMTAG_BENCH_EARLIER

export class Site {
  /** @type {import('../../src/cli/serve.js').Server} */
  server
  folder = mkdtempSync(join(tmpdir(), 'swarmtag-bench-site-'))
  /** A copy: the build may go on while figures are taken. */
  distFolder = mkdtempSync(join(tmpdir(), 'swarmtag-bench-dist-'))

  async open() {
    copyHosted(join(repoFolder, 'dist'), this.distFolder)
    if (earlierDist) copyHosted(earlierDist, join(this.folder, 'earlier'))
    for (const [name, path] of Object.entries(LIBRARIES))
      this.#link(`lib/${name}`, join(benchFolder, 'node_modules', path))
    for (const [name, path] of Object.entries(WORKERS)) this.#link(name, path)
    this.#link('pages', join(benchFolder, 'pages'))
    await this.#bundle(join(benchFolder, 'pages/hop-bridge.js'), 'hop/bridge.js')
    const { serve } = await importServer()
    this.server = await serve({
      root: this.folder,
      distFolder: this.distFolder,
      port: 0,
      intercept: (request, response) => {
        // As a site would have it: scripts are kept by the browser, workers and films are not.
        if (
          /^\/(lib\/.*|pages\/.*|(earlier\/)?swarmtag(-peers)?)(\.m?js)?$/.test(request.url ?? '')
        )
          response.setHeader('Cache-Control', 'max-age=3600')
        return false
      },
    })
    return this
  }

  async close() {
    await this.server?.close()
    rmSync(this.folder, { recursive: true, force: true })
    rmSync(this.distFolder, { recursive: true, force: true })
  }

  get url() {
    return this.server.url
  }

  get trackerUrl() {
    return `${this.url.replace(/^http/, 'ws')}tracker`
  }

  /** A fast, near line again. */
  resetLine() {
    this.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
    this.server.line.latencyMs = 0
  }

  /**
   * Publishes a file, with its manifest made, and returns its path on the site.
   *
   * @param {import('./media.mjs').MediaName} name
   */
  async publish(name) {
    const path = `media/${name}`
    if (name !== 'hls') return this.#publish(path, await media(name))
    this.#link(path, await media(name))
    return `/${path}`
  }

  /** Publishes the film of the demonstration, 1.5 Mbit/s: light enough for many viewers on one machine. */
  publishDemo() {
    return this.#publish('media/demo.mp4', join(repoFolder, 'demo/media/zoom-720p.mp4'))
  }

  /**
   * Writes a file of the site.
   *
   * @param {string} path
   * @param {string | Uint8Array} content
   */
  write(path, content) {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return `${this.url}${path}`
  }

  /** Requests and bytes so far, of paths that start as given. */
  sent(prefix = '/') {
    const paths = Object.entries(this.server.stats().paths).filter(([path]) =>
      path.startsWith(prefix),
    )
    const sum = key => paths.reduce((total, [, count]) => total + count[key], 0)
    return { requests: sum('requests'), bytes: sum('bytes') }
  }

  async #publish(path, file) {
    this.#link(path, file)
    await fetch(`${this.url}${path}.swarm`, { method: 'HEAD' })
    return `/${path}`
  }

  #link(path, target) {
    const link = join(this.folder, path)
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { force: true })
    symlinkSync(target, link)
  }

  async #bundle(entry, path) {
    const outfile = join(this.folder, path)
    await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', logLevel: 'error' })
  }
}

/** Copies what a site hosts of the product. */
function copyHosted(from, to) {
  let names = []
  try {
    names = readdirSync(from).filter(name => /^swarmtag[-a-z]*\.js$/.test(name))
  } catch {}
  if (names.length === 0) throw new Error('dist is empty; run npm run build first')
  mkdirSync(to, { recursive: true })
  for (const name of names) copyFileSync(join(from, name), join(to, name))
}

/** The development server, from its source: `dist/cli.js` is a program and gives nothing to import. */
async function importServer() {
  const outfile = join(benchFolder, 'node_modules/.cache', `serve-${process.pid}.mjs`)
  await build({
    entryPoints: [join(repoFolder, 'src/cli/serve.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  try {
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(outfile)
  }
}
