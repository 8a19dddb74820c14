/** First visits where the worker never answers: how long the film is held for nothing. */

import { watchPage } from '../contenders/pages.mjs'
import { plain } from '../contenders/plain.mjs'

const LATENCIES_MS = [0, 100]

/** Workers that are of no use; the first is not even there. */
const WORKERS = {
  missing: undefined,
  'fails while it is evaluated': 'throw new Error("broken")',
  'fails to install': 'oninstall = event => event.waitUntil(Promise.reject(new Error("broken")))',
  'never installed': 'oninstall = event => event.waitUntil(new Promise(() => {}))',
  'never active':
    'oninstall = () => skipWaiting(); onactivate = event => event.waitUntil(new Promise(() => {}))',
  'frozen while it installs': 'oninstall = () => { for (;;); }',
  'active, and claims no page': 'oninstall = () => skipWaiting()',
}

const cases = [
  plain,
  ...Object.entries(WORKERS).map(([name, script], at) => ({
    name: `swarmtag, worker ${name}`,
    watch: (site, { film }) => {
      const folder = `worst-${at}`
      if (script) site.write(`${folder}/sw.js`, script)
      return site.write(
        `${folder}/watch.html`,
        watchPage({
          head: `<script src="/swarmtag.js" data-worker="/${folder}/sw.js"></script>`,
          video: `src="${film}"`,
        }),
      )
    },
  })),
]

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'worst-case',
  about: 'first visits with a worker that is of no use: from navigation to `playing`',
  runs: 5,
  limitMs: 1_200_000,
  measures: Object.fromEntries(
    LATENCIES_MS.map(latencyMs => [
      `start, origin ${latencyMs} ms away`,
      { unit: 'ms', digits: 0 },
    ]),
  ),
  async run(trial) {
    const { site } = trial
    const film = await site.publishDemo()
    for (const latencyMs of LATENCIES_MS)
      await trial.rounds(cases, async (contender, open) => {
        site.resetLine()
        const viewer = await open()
        site.server.line.latencyMs = latencyMs
        await viewer.visit(contender.watch(site, { film }))
        return { [`start, origin ${latencyMs} ms away`]: await viewer.untilPlaying() }
      })
  },
}
