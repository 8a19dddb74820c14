/** A bare worker stream: 64 KiB buffers move from page to worker to response, sixteen ahead and nothing else. */

const CREDIT = 16

addEventListener('install', () => self.skipWaiting())
addEventListener('activate', event => event.waitUntil(self.clients.claim()))
addEventListener('fetch', event => {
  if (new URL(event.request.url).pathname === '/hop/bare') event.respondWith(answer(event.clientId))
})

async function answer(clientId) {
  const client = await self.clients.get(clientId)
  const { port1, port2 } = new MessageChannel()
  const arrived = []
  let wake
  let hasEnded = false
  port1.onmessage = ({ data }) => {
    if (data) arrived.push(data)
    else hasEnded = true
    wake?.()
  }
  client.postMessage({ type: 'bare' }, [port2])
  port1.postMessage(CREDIT)
  const body = new ReadableStream(
    {
      async pull(controller) {
        while (arrived.length === 0 && !hasEnded)
          await new Promise(resolve => {
            wake = resolve
          })
        const next = arrived.shift()
        if (!next) return controller.close()
        controller.enqueue(new Uint8Array(next))
        port1.postMessage(1)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body)
}
