/** This project: one tag. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { earlierDist } from '../harness/site.mjs'
import { loadPage, watchPage } from './pages.mjs'

const tag = (attributes, folder = '') =>
  `<script src="${folder}/swarmtag.js" ${attributes}></script>`
const tracked = peers => (peers ? 'data-tracker="/tracker"' : '')

/**
 * A build that is hosted in a folder of the site, with pages beside it, which its worker is for.
 *
 * @param {string} name
 * @param {string} pages
 * @param {string} [folder]
 */
const release = (name, pages, folder = '') => {
  const contender = {
    name,
    /**
     * @param {import('../harness/site.mjs').Site} site
     * @param {{ film: string, peers?: boolean, before?: string }} options `before` stands ahead of the tag
     */
    watch: (site, { film, peers = false, before = '' }) =>
      site.write(
        `${pages}/watch${peers ? '-peers' : ''}.html`,
        watchPage({ head: before + tag(tracked(peers), folder), video: `src="${film}"` }),
      ),
    /** A page that holds or loads a file. */
    load: (site, { origin = 'fallback', peers = true }) =>
      site.write(
        `${pages}/load-${origin}${peers ? '-peers' : ''}.html`,
        loadPage(tag(`${tracked(peers)} data-origin="${origin}"`, folder), 'swarmtag-load.js'),
      ),
    /** A page with the tag and no film. */
    prime: site =>
      site.write(`${pages}/prime.html`, `<!doctype html><title>prime</title>${tag('', folder)}`),
    /** Opens a peer that holds the whole film. */
    async holdFilm(viewer, site, film) {
      await viewer.visit(contender.load(site, {}))
      await viewer.ask('hold', film)
    },
    peers: page => page.evaluate(() => window.swarmtag.stats().peers),
  }
  return contender
}

export const swarmtag = release('swarmtag', 'swarmtag')

/** The release in SWARMTAG_BENCH_EARLIER, where there is one. */
export const earlier = earlierDist ? [release('swarmtag, earlier', 'earlier', '/earlier')] : []

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
