/** Plays the page's video from HLS through p2p-media-loader. */

import Hls from 'hls.js'
import { HlsJsP2PEngine } from 'p2p-media-loader-hlsjs'

const video = document.querySelector('video')
const { film, tracker, ahead } = video.dataset
const HlsWithP2P = HlsJsP2PEngine.injectMixin(Hls)
let peers = 0
const hls = new HlsWithP2P({
  // One that is to hold everything buffers everything.
  ...(ahead && { maxBufferLength: 600, maxMaxBufferLength: 600, maxBufferSize: 2 ** 30 }),
  p2p: {
    core: {
      swarmId: film,
      rtcConfig: { iceServers: [] },
      // Alone it fetches no further than what is urgent.
      ...(ahead && { highDemandTimeWindow: 600 }),
      ...(tracker
        ? { announceTrackers: [tracker] }
        : { isP2PDisabled: true, announceTrackers: [] }),
    },
    onHlsJsCreated: hls => {
      hls.p2pEngine.addEventListener('onPeerConnect', () => peers++)
      hls.p2pEngine.addEventListener('onPeerClose', () => peers--)
    },
  },
})
hls.loadSource(film)
hls.attachMedia(video)
window.contender = {
  peers: () => peers,
  async hold() {
    while (!(video.buffered.length > 0 && video.buffered.end(0) >= video.duration - 1))
      await new Promise(resolve => setTimeout(resolve, 100))
  },
}
