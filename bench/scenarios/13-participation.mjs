/** Whether a first visit takes part, and what that costs its start: far and near, on slow and busy machines. */

import { plain } from '../contenders/plain.mjs'
import { earlier, snippet, swarmtag } from '../contenders/swarmtag.mjs'
import { keepBusy } from '../harness/busy.mjs'

/** A visit whose film is not shared by then is one that does not take part. */
const PART_MS = 5_000

const SITUATIONS = [
  ...[1, 4, 6].flatMap(slower => [0, 100, 300].map(awayMs => ({ awayMs, slower, busyCores: 0 }))),
  ...[0, 100, 300].map(awayMs => ({ awayMs, slower: 1, busyCores: 2 })),
]

const nameOf = ({ awayMs, slower, busyCores }) =>
  [`${awayMs} ms away`, slower > 1 && `page ${slower}× slower`, busyCores > 0 && 'both cores busy']
    .filter(Boolean)
    .join(', ')

const startOf = situation => `start, ${nameOf(situation)}`
const partOf = situation => `take part, ${nameOf(situation)}`

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'participation',
  about:
    'first visits, each with a profile of its own: from navigation to `playing`, and who takes part',
  runs: 20,
  limitMs: 7_200_000,
  measures: Object.fromEntries(
    SITUATIONS.flatMap(situation => [
      [startOf(situation), { unit: 'ms', digits: 0 }],
      [partOf(situation), { unit: '%', digits: 0, isShare: true }],
    ]),
  ),
  async run(trial) {
    const { site } = trial
    const film = await site.publishDemo()
    const contenders = [plain, swarmtag, snippet, ...earlier]
    for (const situation of SITUATIONS.filter(each => trial.only.test(nameOf(each)))) {
      const rest = keepBusy(situation.busyCores)
      try {
        await trial.rounds(contenders, async (contender, open) => {
          site.server.line.latencyMs = 0
          const viewer = await open()
          await viewer.slowDown(situation.slower)
          site.server.line.latencyMs = situation.awayMs
          await viewer.visit(contender.watch(site, { film }))
          const startMs = await viewer.untilPlaying()
          const figures = { [startOf(situation)]: startMs }
          if (contender === plain) return figures
          return { ...figures, [partOf(situation)]: (await takesPart(viewer)) ? 100 : 0 }
        })
      } finally {
        rest()
      }
    }
  },
}

/** Whether the page shares what its video is given. */
async function takesPart({ page }) {
  const holds = () => window.swarmtag?.stats().videos.some(({ heldChunks }) => heldChunks > 0)
  return page.waitForFunction(holds, undefined, { timeout: PART_MS }).then(
    () => true,
    () => false,
  )
}
