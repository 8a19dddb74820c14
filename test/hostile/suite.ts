/** Each attack against a viewer on a slow line; beside him, at the same time, another on a line like his, without peers. */

import { expect, Site, test, type Viewer } from '../swarm/fixtures.js'
import { ATTACKS, type Attack } from './attacks.js'
import { countsOf, hostilePage, joinWith, watchFilm } from './viewing.js'

const CHUNK_BYTES = 65_536
/** Beside what the scheduler promises (docs/decisions/scheduling.md), for a machine that does other things too. */
const MORE_STILL_MS = 1_000
/** What the line carries in three seconds: a watch takes a little longer or shorter each time, and without peers the line is never idle. */
const MORE_ORIGIN_BYTES = 1_500_000
/** Chunks that were cut off where the origin's part ended, and that came while it was asked. */
const MORE_WASTED_BYTES = 8 * CHUNK_BYTES

async function besiege(site: Site, elsewhere: Site, arrive: () => Promise<Viewer>, attack: Attack) {
  const [mallory, viewer, other] = await Promise.all([arrive(), arrive(), arrive()])
  await hostilePage(site, mallory)
  const meet = async (root: string) => {
    await joinWith(site, mallory, root, attack)
    await expect.poll(async () => (await countsOf(mallory)).met).toBeGreaterThan(0)
  }
  const onSeek = () => mallory.page.evaluate(() => void Object.assign(window, { isSought: true }))
  const tag = 'data-tracker="/tracker"'
  const [ours, without] = await Promise.all([
    watchFilm(site, viewer, tag, { meet, onSeek }),
    watchFilm(elsewhere, other, ''),
  ])
  return { ours, without, counts: await countsOf(mallory) }
}

/** Makes a test of each of these attacks. */
export function besiegeWith(names: readonly string[]): void {
  for (const name of names)
    test(`P2 P5 a peer of another make ${name}`, async ({ site, arrive }) => {
      test.setTimeout(120_000)
      const attack = ATTACKS[name]
      if (!attack) throw new Error(`no attack of that name`)
      const elsewhere = await new Site().open()
      const { ours, without, counts } = await besiege(site, elsewhere, arrive, attack).finally(() =>
        elsewhere.close(),
      )
      const description = JSON.stringify({
        ...ours,
        lines: [],
        without: { ...without, lines: [] },
        counts,
      })
      test.info().annotations.push({ type: 'experience', description })
      expect(ours.stillMs, description).toBeLessThanOrEqual(without.stillMs + MORE_STILL_MS)
      expect(ours.originBytes, description).toBeLessThanOrEqual(
        1.05 * without.originBytes + MORE_ORIGIN_BYTES,
      )
      const mostWasted = (attack.peers ?? 1) * CHUNK_BYTES + ours.peerBytes / 16 + MORE_WASTED_BYTES
      expect(ours.wastedBytes, description).toBeLessThanOrEqual(without.wastedBytes + mostWasted)
      const notices = ours.lines.filter(line => /peer-protocol|chunk-corrupt/.test(line))
      expect(notices.length > 0, `${description} ${notices}`).toBe(attack.isOffence === true)
      if (attack.isRefused) expect(ours.peerBytes).toBe(0)
    })
}
