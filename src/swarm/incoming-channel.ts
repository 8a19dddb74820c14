/** A data channel that the peer opened. */

/** The side that opens a channel sends first, and at once; after this time that message counts as lost. */
const SILENCE_MS = 1_000

/**
 * Lets a channel count as open once the peer has sent something on it: `open` is dispatched then, before the message. In
 * Chromium some 2 % of channels are open here a moment before they are there, and what is sent in between is lost
 * (docs/decisions/hello-is-answered.md).
 */
export function openOnceSpokenTo(channel: EventTarget): void {
  const stop = (event: Event) => event.stopImmediatePropagation()
  const end = () => {
    clearTimeout(timer)
    channel.removeEventListener('open', stop)
    channel.removeEventListener('message', open)
    channel.removeEventListener('close', end)
  }
  const open = () => {
    end()
    channel.dispatchEvent(new Event('open'))
  }
  const timer = setTimeout(open, SILENCE_MS)
  channel.addEventListener('open', stop)
  channel.addEventListener('message', open)
  channel.addEventListener('close', end)
}
