/** Notes when a first visit has come how far, in ms since the navigation. Runs ahead of the tag. */

{
  const steps = {}
  const note = name => {
    steps[name] ??= performance.now()
  }
  window.steps = steps
  const { serviceWorker } = navigator
  const register = serviceWorker.register.bind(serviceWorker)
  serviceWorker.register = (...args) => {
    note('register called')
    return register(...args)
  }
  serviceWorker.addEventListener('controllerchange', () => note('page controlled'))
  for (const [event, name] of [
    ['loadeddata', 'first frame'],
    ['playing', 'playing'],
  ])
    document.addEventListener(event, () => note(name), { capture: true })

  /** All that is known of this visit, the worker's part and the tag's file too. */
  window.allSteps = async () => {
    const { port1, port2 } = new MessageChannel()
    const answer = new Promise(resolve => {
      port1.onmessage = ({ data }) => resolve(data)
    })
    serviceWorker.controller.postMessage('steps', [port2])
    const inWorker = await answer
    for (const [name, atMs] of Object.entries(inWorker)) steps[name] = atMs - performance.timeOrigin
    const [page] = performance.getEntriesByType('navigation')
    steps['page answered'] = page.responseStart
    const tag = performance.getEntriesByName(new URL('/swarmtag.js', location.href).href)[0]
    if (tag) steps['tag fetched'] = tag.responseEnd
    return steps
  }
}
