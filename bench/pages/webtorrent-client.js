/** WebTorrent with its worker server, as its documentation sets it up, but asking nobody beyond this machine. */

export async function startClient(WebTorrent) {
  const registration = await navigator.serviceWorker.register('/webtorrent/sw.js', {
    scope: '/webtorrent/',
  })
  await navigator.serviceWorker.ready
  if (!navigator.serviceWorker.controller)
    await new Promise(resolve =>
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    )
  const client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } })
  client.createServer({ controller: registration })
  return client
}
