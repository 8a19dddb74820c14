/** A page that holds everything in memory and gives it to the worker: over the product's bridge, or barely. */

import { openChannel } from '../../src/bridge/channel.js'
import { readOpening, readWorkerSays } from '../../src/bridge/messages.js'
import { copyOfChunk } from '../../src/core/format/chunk-bytes.js'
import { chunksIn } from '../../src/core/units.js'

const CHUNK_BYTES = 65_536

/** @type {Uint8Array} */
let held

const copyOf = index => held.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES).buffer

/** Gives what the product's worker asks for, at once. */
function serveBridge(port) {
  const channel = openChannel(port, readWorkerSays, message => {
    if (message.type === 'close') return channel.close()
    if (message.type !== 'need') return
    for (const index of chunksIn(message.runs)) {
      const bytes = copyOfChunk(held.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))
      channel.send({ type: 'chunk', index, bytes }, [bytes.buffer])
    }
  })
  channel.send({ type: 'accept' })
}

function serveBare(port) {
  let next = 0
  port.onmessage = ({ data: credit }) => {
    for (let left = credit; left > 0; left--) {
      if (next * CHUNK_BYTES >= held.length) return port.postMessage(null)
      const bytes = copyOf(next++)
      port.postMessage(bytes, [bytes])
    }
  }
}

async function drain(url) {
  const startedAtMs = performance.now()
  const reader = (await fetch(url)).body.getReader()
  let bytes = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    bytes += value.length
  }
  return { bytes, ms: performance.now() - startedAtMs }
}

async function controlledBy(url, scope) {
  await navigator.serviceWorker.register(url, { scope })
  while (!navigator.serviceWorker.controller) await new Promise(resolve => setTimeout(resolve, 20))
}

navigator.serviceWorker.startMessages()

window.contender = {
  async bridge(path) {
    held = new Uint8Array(await (await fetch(path)).arrayBuffer())
    await controlledBy('/swarmtag-sw.js?swarmtag=1&origin=never', '/')
    navigator.serviceWorker.onmessage = ({ data, ports: [port] }) => {
      if (readOpening(data)) serveBridge(port)
    }
    return drain(path)
  },

  async bare(path) {
    held = new Uint8Array(await (await fetch(path)).arrayBuffer())
    await controlledBy('/hop/sw.js', '/hop/')
    navigator.serviceWorker.onmessage = ({ ports: [port] }) => serveBare(port)
    return drain('/hop/bare')
  },
}
