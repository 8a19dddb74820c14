/** A `<video>` and nothing else: what all others are compared with. */

import { watchPage } from './pages.mjs'

export const plain = {
  name: 'plain',
  /** @param {import('../harness/site.mjs').Site} site */
  watch: (site, { film }) => site.write('plain/watch.html', watchPage({ video: `src="${film}"` })),
}
