/** The limit: what the browser's own data channel carries, without anything of ours or of others. */

import { loadPage } from '../contenders/pages.mjs'
import { MIB } from '../harness/media.mjs'
import { SETTLE_MS, speedOf } from '../harness/transfer.mjs'

/** Both can be sent in equal parts by three. */
const BYTES = 63 * MIB
const MEETING_BYTES = 3 * MIB

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'raw',
  about: 'one RTCDataChannel a pair, 64 KiB messages, at most 256 KiB buffered',
  limitMs: 300_000,
  measures: { speed: { unit: 'MiB/s' } },
  async run(trial) {
    const url = trial.site.write('raw/channel.html', loadPage('', 'channel.js'))
    const contenders = [
      { name: '1 → 1', senders: 1 },
      { name: '3 → 1', senders: 3 },
    ]
    await trial.rounds(contenders, async ({ senders }, open) => {
      const receiver = await (await open()).visit(url)
      await Promise.all(
        Array.from({ length: senders }, async () => {
          const sender = await (await open()).visit(url)
          const answer = await receiver.ask('answer', await sender.ask('offer'))
          await sender.ask('connect', answer)
        }),
      )
      // As the others, who meet before they are measured: connections begin slowly.
      await receiver.ask('receive', MEETING_BYTES, senders)
      await receiver.page.waitForTimeout(SETTLE_MS)
      return speedOf(await receiver.ask('receive', BYTES, senders))
    })
  },
}
