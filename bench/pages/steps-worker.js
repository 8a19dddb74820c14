/** Notes when the worker has come how far, in ms since 1970. Stands ahead of the worker's own code. */

const steps = { 'worker started': performance.timeOrigin }
const note = name => {
  steps[name] ??= performance.timeOrigin + performance.now()
}
for (const [event, name] of [
  ['install', 'installing'],
  ['activate', 'activating'],
])
  addEventListener(event, () => note(name))
addEventListener('fetch', ({ request }) => {
  if (request.destination === 'video') note('video asks')
})
addEventListener('message', ({ data, ports }) => {
  if (data === 'steps') ports[0].postMessage(steps)
})
const fetchAsIs = fetch
self.fetch = async (...args) => {
  const url = String(args[0]?.url ?? args[0])
  const isManifest = url.includes('.swarm')
  if (!url.includes('/media/')) return fetchAsIs(...args)
  note(isManifest ? 'manifest asked' : 'first bytes asked')
  const response = await fetchAsIs(...args)
  note(isManifest ? 'manifest answered' : 'first bytes answered')
  return response
}
