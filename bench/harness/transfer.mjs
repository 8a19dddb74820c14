/** Peers that hold a file, and a viewer that loads it from them. */

import { MIB } from './media.mjs'

/** A browser is busy with itself for a while after it was started. */
export const SETTLE_MS = 1_500

/** @typedef {{ bytes: number, ms: number, fromPeers: number[] }} Transfer */

/** @param {Transfer} transfer */
export const speedOf = ({ bytes, ms }) => ({ speed: bytes / MIB / (ms / 1000) })

/** How evenly peers gave: the least share of one of them over the greatest, 1 where all gave the same. */
export const evenness = ({ fromPeers }, count) => {
  const given = [...fromPeers, ...Array(Math.max(0, count - fromPeers.length)).fill(0)]
  return { evenness: Math.min(...given) / Math.max(...given) }
}

/** Share of a transfer that came from peers. */
export const peerShare = ({ bytes, fromPeers }) => ({
  'from peers': (100 * fromPeers.reduce((sum, each) => sum + each, 0)) / bytes,
})

/** @param {import('./trial.mjs').Trial} trial */
export function peersHolding(trial, contender, file, count) {
  return trial.once(`${contender.name} holding ${file}`, () =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const peer = await trial.open()
        await peer.visit(contender.load(trial.site, {}))
        await peer.ask('hold', file)
        return peer
      }),
    ),
  )
}

/**
 * Loads a file from peers alone: from the moment when all of them are connected to the last byte.
 *
 * @param {import('./trial.mjs').Trial} trial
 * @returns {Promise<Transfer>}
 */
export async function loadFromPeers(trial, open, contender, file, count) {
  await contender.prepare?.(trial.site, file)
  await peersHolding(trial, contender, file, count)
  const viewer = await open()
  await viewer.visit(contender.load(trial.site, { origin: 'never' }))
  await viewer.ask('meet', file, count)
  await viewer.page.waitForTimeout(SETTLE_MS)
  return viewer.ask('load', file)
}
