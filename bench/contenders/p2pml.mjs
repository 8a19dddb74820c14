/** p2p-media-loader: with hls.js where a film is watched, its core alone where bytes are loaded. */

import { loadPage, watchPage } from './pages.mjs'

const imports = {
  'hls.js': '/lib/hls.js',
  'p2p-media-loader-core': '/lib/p2p-media-loader-core.js',
  'p2p-media-loader-hlsjs': '/lib/p2p-media-loader-hlsjs.js',
}
const IMPORT_MAP = `<script type="importmap">${JSON.stringify({ imports })}</script>`
/** The film that others play as one file. */
const HLS_FILM = '/media/hls/film.m3u8'

export const p2pml = {
  name: 'p2p-media-loader',
  prepare: site => site.publish('hls'),
  /**
   * @param {import('../harness/site.mjs').Site} site
   * @param {{ peers?: boolean, ahead?: boolean }} options
   */
  watch: (site, { peers = false, ahead = false }) =>
    site.write(
      `p2pml/watch${peers ? '-peers' : ''}${ahead ? '-ahead' : ''}.html`,
      watchPage({
        head: IMPORT_MAP,
        video:
          `data-film="${HLS_FILM}" data-tracker="${peers ? site.trackerUrl : ''}"` +
          (ahead ? ' data-ahead="1"' : ''),
        tail: '<script type="module" src="/pages/p2pml-watch.js"></script>',
      }),
    ),
  load: (site, { origin = 'fallback' }) => {
    const url = site.write('p2pml/load.html', loadPage(IMPORT_MAP, 'p2pml-load.js'))
    return `${url}?${new URLSearchParams({ origin, tracker: site.trackerUrl })}`
  },
  prime: site =>
    site.write(
      'p2pml/prime.html',
      `<!doctype html><title>prime</title>${IMPORT_MAP}<script type="module">
        import 'hls.js'
        import 'p2p-media-loader-hlsjs'
        window.contender = { controlled: async () => {} }
      </script>`,
    ),
  async holdFilm(viewer, site) {
    await viewer.visit(p2pml.watch(site, { peers: true, ahead: true }))
    await viewer.ask('hold')
    await viewer.page.evaluate(() => document.querySelector('video').pause())
  },
  peers: page => page.evaluate(() => window.contender?.peers() ?? 0),
}
