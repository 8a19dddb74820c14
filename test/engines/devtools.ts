/** Chromium's DevTools protocol, spoken over its socket: as many tabs as one likes, and what they are told. */

import { once } from 'node:events'
import { type RawData, WebSocket } from 'ws'
import type { EnginePage } from './viewer.js'

interface Answer<Result> {
  readonly id?: number
  readonly result: Result
  readonly error?: { readonly message: string }
}

interface Evaluated<Value> {
  readonly result: { readonly value: Value }
  readonly exceptionDetails?: {
    readonly text: string
    readonly exception?: { readonly description?: string }
  }
}

export class DevTools {
  readonly #waiting = new Map<number, (answer: Answer<never>) => void>()
  #sent = 0

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: RawData) => {
      const answer = JSON.parse(String(data)) as Answer<never>
      if (answer.id === undefined) return
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    socket.on('close', () => {
      const error = { message: 'the browser has ended' }
      for (const settle of this.#waiting.values()) settle({ result: undefined as never, error })
    })
  }

  static async connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new DevTools(socket)
  }

  /** Sends one command, to the browser or to a tab, and tells what it answered. */
  send<Result>(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#sent
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      )
      this.socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
  }

  /**
   * Opens a tab, in front of the others of its window.
   *
   * @param browserContextId - of a profile of its own, which has a window of its own
   */
  async open(browserContextId?: string): Promise<Tab> {
    const url = 'about:blank'
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', {
      ...{ url, browserContextId, newWindow: browserContextId !== undefined },
    })
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', {
      ...{ targetId, flatten: true },
    })
    return new Tab(this, targetId, sessionId)
  }

  /** Opens a tab of another viewer: with another store, and another worker. */
  async openApart(): Promise<Tab> {
    const { browserContextId } = await this.send<{ browserContextId: string }>(
      'Target.createBrowserContext',
    )
    return this.open(browserContextId)
  }
}

export class Tab implements EnginePage {
  constructor(
    readonly devTools: DevTools,
    readonly targetId: string,
    readonly sessionId: string,
  ) {}

  async goto(url: string): Promise<void> {
    const { errorText } = await this.#send<{ errorText?: string }>('Page.navigate', { url })
    if (errorText) throw new Error(`${url}: ${errorText}`)
    await this.evaluate(
      () =>
        new Promise<void>(resolve => {
          if (document.readyState === 'complete') resolve()
          else addEventListener('load', () => resolve())
        }),
      undefined,
    )
  }

  evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result> {
    return this.#evaluate(run, argument, false)
  }

  /** Runs a function as if the viewer had clicked: some things a page may do only then. */
  click<Result>(run: () => Result | Promise<Result>): Promise<Result> {
    return this.#evaluate(run, undefined, true)
  }

  /** The other tabs of its window are hidden by it. */
  async bringToFront(): Promise<void> {
    await this.devTools.send('Target.activateTarget', { targetId: this.targetId })
  }

  async #evaluate<Argument, Result>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
    userGesture: boolean,
  ): Promise<Result> {
    const expression = `(${run})(${JSON.stringify(argument) ?? ''})`
    const { result, exceptionDetails } = await this.#send<Evaluated<Result>>('Runtime.evaluate', {
      ...{ expression, userGesture, awaitPromise: true, returnByValue: true },
    })
    if (!exceptionDetails) return result.value
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  }
  #send<Result>(method: string, params: object): Promise<Result> {
    return this.devTools.send(method, params, this.sessionId)
  }
}
