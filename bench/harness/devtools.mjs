/** Chromium's DevTools protocol, for what Playwright does not reach: the heap of a worker. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import WebSocket from 'ws'

export class DevTools {
  #next = 1
  /** @type {Map<number, (message: object) => void>} */
  #waiting = new Map()

  /** Connects to a browser that was started with `--remote-debugging-port=0`. */
  static async of(profileFolder) {
    const file = join(profileFolder, 'DevToolsActivePort')
    while (!existsSync(file)) await new Promise(resolve => setTimeout(resolve, 50))
    const [port, path] = readFileSync(file, 'utf8').split('\n')
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false })
    await new Promise((resolve, reject) => {
      socket.on('open', resolve)
      socket.on('error', reject)
    })
    return new DevTools(socket)
  }

  constructor(socket) {
    this.socket = socket
    socket.on('message', data => {
      const message = JSON.parse(String(data))
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
    })
  }

  async send(method, params = {}, sessionId = undefined) {
    const id = this.#next++
    this.socket.send(JSON.stringify({ id, method, params, sessionId }))
    const { result, error } = await new Promise(resolve => this.#waiting.set(id, resolve))
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }

  /** What pages and workers hold once everything that can go has gone. */
  async heaps() {
    const { targetInfos } = await this.send('Target.getTargets')
    const found = []
    for (const { targetId, type, url } of targetInfos) {
      if (!(type === 'page' || type === 'service_worker') || !url.startsWith('http')) continue
      const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
      await this.send('HeapProfiler.enable', {}, sessionId)
      for (let round = 0; round < 2; round++)
        await this.send('HeapProfiler.collectGarbage', {}, sessionId)
      const usage = await this.send('Runtime.getHeapUsage', {}, sessionId)
      found.push({ type, heap: usage.usedSize, buffers: usage.backingStorageSize ?? 0 })
      await this.send('Target.detachFromTarget', { sessionId })
    }
    return found
  }

  close() {
    this.socket.close()
  }
}
