/** This project: one tag. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadPage, watchPage } from './pages.mjs'

const tag = (attributes, folder = '') =>
  `<script src="${folder}/swarmtag.js" ${attributes}></script>`
const tracked = peers => (peers ? 'data-tracker="/tracker"' : '')

export const swarmtag = {
  name: 'swarmtag',
  /**
   * @param {import('../harness/site.mjs').Site} site
   * @param {{ film: string, peers?: boolean, before?: string }} options `before` stands ahead of the tag
   */
  watch: (site, { film, peers = false, before = '' }) =>
    site.write(
      `swarmtag/watch${peers ? '-peers' : ''}.html`,
      watchPage({ head: before + tag(tracked(peers)), video: `src="${film}"` }),
    ),
  /** A page that holds or loads a file. */
  load: (site, { origin = 'fallback', peers = true }) =>
    site.write(
      `swarmtag/load-${origin}${peers ? '-peers' : ''}.html`,
      loadPage(tag(`${tracked(peers)} data-origin="${origin}"`), 'swarmtag-load.js'),
    ),
  /** A page with the tag and no film. */
  prime: site => site.write('swarmtag/prime.html', `<!doctype html><title>prime</title>${tag('')}`),
  /** Opens a peer that holds the whole film. */
  async holdFilm(viewer, site, film) {
    await viewer.visit(swarmtag.load(site, {}))
    await viewer.ask('hold', film)
  },
  peers: page => page.evaluate(() => window.swarmtag.stats().peers),
}

/** The same with the snippet in the page, which asks for the first bytes itself. */
export const snippet = {
  name: 'swarmtag, snippet',
  /**
   * @param {import('../harness/site.mjs').Site} site
   * @param {{ film: string, peers?: boolean, before?: string }} options
   */
  watch: (site, { film, peers = false, before = '' }) => {
    const text = readFileSync(join(site.distFolder, 'swarmtag-snippet.js'), 'utf8')
    const inline = `<script data-ahead="page" ${tracked(peers)}>${text}</script>`
    return site.write(
      `snippet/watch${peers ? '-peers' : ''}.html`,
      watchPage({ head: before + inline + tag(''), video: `src="${film}"` }),
    )
  },
}

/** The release in SWARMTAG_BENCH_EARLIER, with a folder and a worker of its own. */
export const earlier = {
  name: 'swarmtag, earlier',
  /**
   * @param {import('../harness/site.mjs').Site} site
   * @param {{ film: string, peers?: boolean }} options
   */
  watch: (site, { film, peers = false }) =>
    site.write(
      `earlier/watch${peers ? '-peers' : ''}.html`,
      watchPage({ head: tag(tracked(peers), '/earlier'), video: `src="${film}"` }),
    ),
}
