// Receives the file that the link behind # gives: plays it while it comes if it is media, and offers to save it.

import { counted, formatBytes, wholePercent } from './format.js'
import { findSwarmtag } from './swarmtag-api.js'

const REFRESH_MS = 250
const MEDIA_NAME = /\.(mp4|m4v|mov|webm|mkv|ogv|mp3|m4a|aac|ogg|oga|opus|wav|flac)$/i
const MEDIA_TYPE = /^(video|audio)\//

/** The light of the state line, by the state of the file. */
const LIGHTS = { searching: 'starting', receiving: 'active', complete: 'active', off: 'off' }

const swarmtag = findSwarmtag()

/** @param {string} id */
const element = id => /** @type {HTMLElement} */ (document.getElementById(id))

const [bar, state, hint, stage] = ['reception', 'state', 'hint', 'stage'].map(element)
const save = /** @type {HTMLAnchorElement} */ (element('save'))
const progress = /** @type {HTMLProgressElement} */ (element('progress'))

/** Writes on change only: the line is a live region, and screen readers speak it. */
function write(target, text) {
  if (target.textContent !== text) target.textContent = text
}

/** @param {string} text */
function fail(text) {
  bar.dataset.state = 'off'
  write(state, 'This link does not work')
  const notice = element('notice')
  notice.textContent = text
  notice.hidden = false
}

/** @param {string} url */
function play(url) {
  if (stage.firstChild) return
  const video = document.createElement('video')
  Object.assign(video, { controls: true, autoplay: true, playsInline: true, src: url })
  video.addEventListener('error', () => {
    stage.hidden = true
    write(hint, 'This browser cannot play the file; it can be saved.')
  })
  stage.append(video)
  stage.hidden = false
}

/** @param {import('./swarmtag-api.js').VideoStats | undefined} stats */
function show(stats) {
  if (!stats) return
  const { sizeBytes, heldChunks, chunks, peers } = stats
  const isKnown = sizeBytes > 0
  bar.dataset.state = LIGHTS[stats.state ?? 'searching']
  write(state, stateLine(stats))
  save.hidden = !isKnown
  progress.hidden = !isKnown
  progress.value = isKnown ? heldChunks / chunks : 0
  if (!isKnown || stage.querySelector('video')?.error) return
  const share = wholePercent(heldChunks / chunks)
  const from = peers > 0 ? ` · ${counted(peers, 'viewer')} connected` : ''
  write(hint, `${share} % of ${formatBytes(sizeBytes)}${from}`)
}

/** @param {import('./swarmtag-api.js').VideoStats} stats */
function stateLine({ state, sizeBytes, why }) {
  if (state === 'complete') return 'Complete. Keep this page open to pass it on.'
  if (state === 'receiving') return 'Receiving'
  if (state === 'off') return `Not receiving: ${why}`
  return sizeBytes > 0 ? 'Waiting for someone who has the rest' : 'Waiting for the sender'
}

function receive() {
  if (!swarmtag) return fail('swarmtag.js did not load.')
  if (location.hash.length < 2) return fail('It has nothing behind #: ask for the whole link.')
  let file
  try {
    file = swarmtag.linked(location.hash)
  } catch (error) {
    return fail(`${error.detail ?? error}.`)
  }
  const { name, url, root } = file
  write(element('name'), name || 'A file for you')
  save.href = `${url}?download`
  if (MEDIA_NAME.test(name)) play(url)
  else void swarmtag.receive(url)
  const refresh = () => {
    const { state, reason, videos } = swarmtag.stats()
    if (state === 'off') return fail(reason ?? 'Swarmtag is off.')
    const stats = videos.find(each => each.root === root)
    show(stats)
    if (MEDIA_TYPE.test(stats?.type ?? '')) play(url)
  }
  refresh()
  setInterval(refresh, REFRESH_MS)
}

// A link that is pasted into an open page changes nothing but what is behind #.
addEventListener('hashchange', () => location.reload())
receive()
