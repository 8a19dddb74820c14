/** Notes when the page's video plays, and what kept the page busy. A classic script: it runs ahead of all others. */

window.probe = { playingMs: undefined, longTasksMs: [] }

// Media events do not bubble; they can be caught on their way down.
document.addEventListener(
  'playing',
  () => {
    window.probe.playingMs ??= performance.now()
  },
  { capture: true },
)

new PerformanceObserver(list => {
  for (const { duration } of list.getEntries()) window.probe.longTasksMs.push(duration)
}).observe({ type: 'longtask', buffered: true })
