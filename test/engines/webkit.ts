/** WebKitGTK's MiniBrowser under a display of its own, driven by WebDriver over plain HTTP. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { vi } from 'vitest'
import { ended, startDisplay } from './display.js'
import { pathOf } from './install.mjs'
import { type EnginePage, EngineViewer } from './viewer.js'

const START_MS = 20_000

/** Gives a page's browser WebRTC by name alone: nobody is met, and the worker answers all the same. */
export const WEBRTC_BY_NAME = '<script>globalThis.RTCPeerConnection ??= class {}</script>'

/** A viewer with a browser of its own. */
export async function startWebKit(): Promise<EngineViewer> {
  const display = await startDisplay()
  const port = await freePort()
  const driver = spawn(pathOf('webKitDriver'), ['--host=127.0.0.1', `--port=${port}`], {
    stdio: 'ignore',
    // Its sandbox needs namespaces that containers do not give.
    env: { ...process.env, DISPLAY: display.name, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
  })
  const end = async () => {
    await ended(driver)
    await display.end()
  }
  try {
    const session = await openSession(`http://127.0.0.1:${port}`)
    const endAll = async () => {
      await session.close()
      await end()
    }
    return new EngineViewer({ newPage: session.newPage, end: endAll }, session.page)
  } catch (error) {
    await end()
    throw error
  }
}

async function openSession(driver: string) {
  await vi.waitUntil(
    () =>
      fetch(`${driver}/status`).then(
        () => true,
        () => false,
      ),
    {
      timeout: START_MS,
    },
  )
  const { sessionId } = await command<{ sessionId: string }>('POST', `${driver}/session`, {
    capabilities: {
      alwaysMatch: {
        'webkitgtk:browserOptions': { binary: pathOf('miniBrowser'), args: ['--automation'] },
      },
    },
  })
  const session = `${driver}/session/${sessionId}`
  /** Commands go to the tab that was switched to last: one after the other. */
  let last: Promise<unknown> = Promise.resolve()
  const pageOf = (handle: string): EnginePage => {
    const send = <Value>(path: string, body: object): Promise<Value> => {
      const sent = last
        .then(() => command('POST', `${session}/window`, { handle }))
        .then(() => command<Value>('POST', `${session}/${path}`, body))
      last = sent.catch(() => {})
      return sent
    }
    return {
      goto: url => send('url', { url }),
      evaluate: (run, argument) =>
        send('execute/sync', {
          script: `return (${run})(...arguments)`,
          // What is not there is written as nothing at all.
          args: argument === undefined ? [] : [argument],
        }),
    }
  }
  const newPage = async () => {
    await last
    const opened = command<{ handle: string }>('POST', `${session}/window/new`, { type: 'tab' })
    return pageOf((await opened).handle)
  }
  const first = await command<string>('GET', `${session}/window`)
  return { page: pageOf(first), newPage, close: () => command('DELETE', session) }
}

/** Sends one command of WebDriver, and tells what it answered. */
async function command<Value>(method: string, url: string, body?: object): Promise<Value> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: Value & { message?: string } }
  if (response.ok) return value ?? (undefined as Value)
  throw new Error(`${method} ${new URL(url).pathname}: ${value?.message}`)
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
