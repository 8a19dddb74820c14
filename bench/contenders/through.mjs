/** A worker that passes everything on: what any worker costs. */

import { watchPage } from './pages.mjs'

const REGISTER = `<script>
  navigator.serviceWorker.register('/through/sw.js', { scope: '/through/' })
  window.contender = { controlled: async () => {
    while (!navigator.serviceWorker.controller) await new Promise(go => setTimeout(go, 20))
  } }
</script>`

export const through = {
  name: 'pass-through worker',
  /** @param {import('../harness/site.mjs').Site} site */
  watch: (site, { film }) =>
    site.write('through/watch.html', watchPage({ head: REGISTER, video: `src="${film}"` })),
  /** A page that brings the worker and no film. */
  prime: site => site.write('through/prime.html', `<!doctype html><title>prime</title>${REGISTER}`),
}
