/**
 * trystero leaves its rooms on `beforeunload`, and the page cannot tell. But that event is also fired by a link to a download or
 * to a mail address, and where a viewer stays after all. Pages leave by themselves on `pagehide`.
 */

/** Does something, without letting it listen to `beforeunload`. */
export function withoutUnload<Result>(act: () => Result): Result {
  const { addEventListener } = globalThis
  // Node has none.
  if (!addEventListener) return act()
  globalThis.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    if (args[0] !== 'beforeunload') addEventListener.apply(globalThis, args)
  }
  try {
    return act()
  } finally {
    globalThis.addEventListener = addEventListener
  }
}
