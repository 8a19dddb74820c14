/** WebTorrent: its browser build with its worker server. */

import { join } from 'node:path'
import { promisify } from 'node:util'
import createTorrent from 'create-torrent'
import { loadPage, watchPage } from './pages.mjs'

const makeTorrent = promisify(createTorrent)

export const webtorrent = {
  name: 'webtorrent',
  /** Makes the torrent that its viewers start from, without trackers and web seeds: pages add theirs. */
  async prepare(site, path) {
    const torrent = await makeTorrent(join(site.folder, path), { announceList: [], createdBy: '' })
    site.write(`${path.slice(1)}.torrent`, torrent)
  },
  /**
   * @param {import('../harness/site.mjs').Site} site
   * @param {{ film: string, peers?: boolean }} options
   */
  watch: (site, { film, peers = false }) =>
    site.write(
      `webtorrent/watch${peers ? '-peers' : ''}.html`,
      watchPage({
        video: `data-film="${film}" data-tracker="${peers ? site.trackerUrl : ''}"`,
        tail: '<script type="module" src="/pages/webtorrent-watch.js"></script>',
      }),
    ),
  load: (site, { origin = 'fallback', peers = true }) => {
    const url = site.write('webtorrent/load.html', loadPage('', 'webtorrent-load.js'))
    return `${url}?${new URLSearchParams({ origin, tracker: peers ? site.trackerUrl : '' })}`
  },
  prime: site =>
    site.write(
      'webtorrent/prime.html',
      `<!doctype html><title>prime</title><script type="module">
        import WebTorrent from '/lib/webtorrent.js'
        import { startClient } from '/pages/webtorrent-client.js'
        await startClient(WebTorrent)
        window.contender = { controlled: async () => {} }
      </script>`,
    ),
  async holdFilm(viewer, site, film) {
    await viewer.visit(webtorrent.load(site, {}))
    await viewer.ask('hold', film)
  },
  peers: page => page.evaluate(() => window.contender?.peers() ?? 0),
}
