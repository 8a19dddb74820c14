/** What a viewer's browser has to fetch before anything is shared. */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { benchFolder } from '../harness/folders.mjs'

const KIB = 1_024

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'sizes',
  about: 'scripts as served, minified, and after gzip -9',
  limitMs: 60_000,
  measures: { gzip: { unit: 'KiB' }, minified: { unit: 'KiB' } },
  async run(trial) {
    const own = name => join(trial.site.distFolder, name)
    const library = name => join(benchFolder, 'node_modules', name)
    const files = {
      'swarmtag.js': [own('swarmtag.js')],
      'swarmtag-peers.js': [own('swarmtag-peers.js')],
      'swarmtag-sw.js': [own('swarmtag-sw.js')],
      'swarmtag, all': ['swarmtag.js', 'swarmtag-peers.js', 'swarmtag-sw.js'].map(own),
      'webtorrent and its worker': ['webtorrent.min.js', 'sw.min.js'].map(name =>
        library(`webtorrent/dist/${name}`),
      ),
      'p2p-media-loader with hls.js': [
        library('p2p-media-loader-core/dist/p2p-media-loader-core.es.min.js'),
        library('p2p-media-loader-hlsjs/dist/p2p-media-loader-hlsjs.es.min.js'),
        library('hls.js/dist/hls.min.mjs'),
      ],
    }
    for (const [name, paths] of Object.entries(files)) {
      const sum = sizeOf => paths.reduce((total, path) => total + sizeOf(path), 0) / KIB
      trial.record(
        name,
        'gzip',
        sum(path => gzipSync(readFileSync(path), { level: 9 }).length),
      )
      trial.record(
        name,
        'minified',
        sum(path => statSync(path).size),
      )
    }
  },
}
