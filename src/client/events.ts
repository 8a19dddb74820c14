/** What a page can listen to. */

import { type ErrorCode, SwarmtagError } from '../core/errors.js'

/** Where a chunk came from. */
export type Source = 'origin' | 'peer' | 'store'

export interface SwarmtagEvents {
  /** A video takes part: its manifest is known. */
  video: { url: string; root: string; sizeBytes: number; chunks: number }
  /** A chunk is here, verified. `peer` is who gave it. */
  chunk: { url: string; index: number; source: Source; bytes: number; peer?: string }
  /** A chunk was given to another viewer. */
  upload: { url: string; index: number; bytes: number; peer: string }
  /** Another viewer came or went. */
  peer: { url: string; peer: string; state: 'joined' | 'left' }
  /** Something that the site's owner should know. */
  notice: { code: ErrorCode; detail: string }
}

type Listener<Type extends keyof SwarmtagEvents> = (
  event: CustomEvent<SwarmtagEvents[Type]>,
) => void

/** Listeners as on an `EventTarget`, but typed: `addEventListener('chunk', ({ detail }) => …)`. */
export class Events {
  readonly #target = new EventTarget()

  addEventListener<Type extends keyof SwarmtagEvents>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | AddEventListenerOptions,
  ): void {
    this.#target.addEventListener(type, listener as EventListener, options)
  }

  removeEventListener<Type extends keyof SwarmtagEvents>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | EventListenerOptions,
  ): void {
    this.#target.removeEventListener(type, listener as EventListener, options)
  }

  /** Tells the listeners. */
  emit<Type extends keyof SwarmtagEvents>(type: Type, detail: SwarmtagEvents[Type]): void {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }))
  }
}

/** An error of ours as it is; anything else under a code of ours. */
export const asSwarmtagError = (error: unknown, code: ErrorCode): SwarmtagError =>
  error instanceof SwarmtagError ? error : new SwarmtagError(code, String(error), { cause: error })
