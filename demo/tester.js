// Opens the link that the sender's frame shows in the frames of the receivers.

const LOOK_MS = 250

const sender = /** @type {HTMLIFrameElement} */ (document.getElementById('sender'))
const receivers = /** @type {NodeListOf<HTMLIFrameElement>} */ (
  document.querySelectorAll('.receiver')
)
let opened = ''

/** The link of the file that is sent now; empty while there is none. */
function shownLink() {
  const field = sender.contentDocument?.querySelector('#link')
  // Of the frame's own realm, not of this one's.
  return field && 'value' in field ? String(field.value) : ''
}

setInterval(() => {
  const link = shownLink()
  if (!link || link === opened) return
  opened = link
  for (const frame of receivers) frame.src = link
}, LOOK_MS)
