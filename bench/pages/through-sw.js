/** The least that a worker can do: passes each answer on, wrapped as any worker that adds something must. */

addEventListener('install', () => self.skipWaiting())
addEventListener('activate', event => event.waitUntil(self.clients.claim()))
addEventListener('fetch', event => {
  if (event.request.destination !== 'video') return
  event.respondWith(
    fetch(event.request).then(
      ({ body, status, headers }) => new Response(body, { status, headers }),
    ),
  )
})
