/** Peers of viewers that watch. */

/**
 * Peers that hold the whole film in the form that the contender plays, opened once for the scenario.
 *
 * @param {import('./trial.mjs').Trial} trial
 */
export function filmPeers(trial, contender, film, count) {
  return trial.once(`${contender.name} holding ${film}`, async () => {
    await contender.prepare?.(trial.site, film)
    return Promise.all(
      Array.from({ length: count }, async () => {
        const peer = await trial.open()
        await contender.holdFilm(peer, trial.site, film)
        return peer
      }),
    )
  })
}
