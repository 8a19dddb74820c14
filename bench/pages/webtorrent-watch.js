/** Plays the page's video from a torrent. */

import WebTorrent from '/lib/webtorrent.js'
import { startClient } from '/pages/webtorrent-client.js'

const video = document.querySelector('video')
const { film, tracker } = video.dataset
const [client, torrentFile] = await Promise.all([
  startClient(WebTorrent),
  fetch(`${film}.torrent`).then(response => response.arrayBuffer()),
])
window.client = client
client.add(
  new Uint8Array(torrentFile),
  { announce: tracker ? [tracker] : [], urlList: [new URL(film, location.href).href] },
  torrent => torrent.files[0].streamTo(video),
)
window.contender = {
  peers: () => client.torrents[0]?.wires.filter(({ type }) => type === 'webrtc').length ?? 0,
}
