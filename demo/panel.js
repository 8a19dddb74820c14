// Starts the demo's live view: one bar for the page, one panel for each video. Only reads Swarmtag's API; the
// videos would play and share the same without this file.

import { enableCopy } from './copy-button.js'
import { Ledgers } from './ledger.js'
import { SwarmBar } from './swarm-bar.js'
import { findSwarmtag } from './swarmtag-api.js'
import { VideoPanel } from './video-panel.js'

const REFRESH_MS = 250

const swarmtag = findSwarmtag()
const ledgers = new Ledgers()
if (swarmtag) ledgers.listenTo(swarmtag)

const videos = [...document.querySelectorAll('video')]
const panels = videos.map(video => new VideoPanel(video, ledgers))
const barRoot = document.getElementById('swarm-bar')
const bar = barRoot && new SwarmBar(barRoot, swarmtag)

// The film zooms without end: visitors who asked for less motion start it themselves.
if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
  for (const video of videos) {
    video.autoplay = false
    video.pause()
  }
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (button instanceof HTMLButtonElement) enableCopy(button)
}

function refresh() {
  const stats = swarmtag?.stats()
  bar?.update(stats)
  for (const panel of panels) panel.update(performance.now(), stats)
}

refresh()
setInterval(refresh, REFRESH_MS)
