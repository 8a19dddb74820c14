/** What a page does with WebRTC, seen from outside. */

import type { Viewer } from './fixtures.js'

declare global {
  interface Window {
    /** Every connection that the page made. */
    made: RTCPeerConnection[]
    /** Every address that the browser found for itself. */
    candidates: string[]
  }
}

/** Writes down the connections of a page that is visited next. */
export async function watchConnections({ page }: Viewer): Promise<void> {
  await page.addInitScript(() => {
    window.made = []
    window.candidates = []
    const Real = RTCPeerConnection
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        window.made.push(this)
        this.addEventListener('icecandidate', ({ candidate }) => {
          if (candidate?.candidate) window.candidates.push(candidate.candidate)
        })
      }
    }
  })
}

/** How many connections of a page have reached somebody. */
export const connectedOf = ({ page }: Viewer) =>
  page.evaluate(
    () => window.made.filter(({ connectionState }) => connectionState === 'connected').length,
  )

/** How many connections a page made, has open, and how many addresses were found for them. */
export const connectionsOf = ({ page }: Viewer) =>
  page.evaluate(() => ({
    made: window.made.length,
    open: window.made.filter(({ connectionState }) => connectionState !== 'closed').length,
    candidates: window.candidates.length,
  }))
