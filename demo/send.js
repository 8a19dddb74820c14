// Picks a file or takes one that is dropped, and has Swarmtag give it to others.

import { enableLinkCopy } from './link-copy.js'
import { ShareView } from './share-view.js'
import { findSwarmtag } from './swarmtag-api.js'

const swarmtag = findSwarmtag()
const view = new ShareView()

/** @type {import('./swarmtag-api.js').Share | undefined} */
let share

/** @param {File} file */
async function begin(file) {
  // One at a time: what was shared before is ended.
  share?.stop()
  view.begin(file)
  try {
    if (!swarmtag) throw new Error('swarmtag.js did not load')
    share = await swarmtag.share(file)
    view.show(share)
    // What goes wrong is in its state, too; this has it in words.
    share.hashed.catch(error => view.fail(share, error))
  } catch (error) {
    view.fail(undefined, error)
  }
}

const pick = document.getElementById('pick')
const input = /** @type {HTMLInputElement} */ (document.getElementById('file'))

input.addEventListener('change', () => {
  const [file] = input.files ?? []
  if (file) void begin(file)
  // The same file may be picked again.
  input.value = ''
})

// The whole window takes it: a file that misses the field would be opened in place of the page.
addEventListener('dragover', event => {
  event.preventDefault()
  pick?.classList.add('over')
})
addEventListener('dragleave', event => {
  if (!event.relatedTarget) pick?.classList.remove('over')
})
addEventListener('drop', event => {
  event.preventDefault()
  pick?.classList.remove('over')
  const [file] = event.dataTransfer?.files ?? []
  if (file) void begin(file)
})

document.getElementById('stop')?.addEventListener('click', () => share?.stop())
enableLinkCopy()

// What is given ends with the page: whoever closes it by mistake is asked.
addEventListener('beforeunload', event => {
  if (share && share.state === 'sharing' && share.viewers > 0) event.preventDefault()
})
