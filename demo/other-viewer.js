// A second viewer on one computer: `localhost` and `127.0.0.1` reach the same server but are two web origins, so the
// browser gives each its own storage and its own worker, and the swarm sees two strangers.

/** @type {Record<string, string>} */
const OTHER_NAME = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }

/**
 * @param {URL} here - the address of this page
 * @returns {{ url?: string, hint: string }} where another viewer can be opened, and a hint for the visitor
 */
export function otherViewer(here) {
  const name = OTHER_NAME[here.hostname]
  if (!name) {
    return {
      hint: 'To be another viewer as well, open this page in a private window or on another device.',
    }
  }
  const there = new URL(here)
  there.hostname = name
  return {
    url: there.href,
    hint: `It opens as ${there.host}, another site to the browser. Put both windows side by side; a private window makes a third viewer.`,
  }
}
