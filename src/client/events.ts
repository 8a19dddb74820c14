/** What a page can listen to. */

import type { DropCode } from '../bridge/messages.js'
import type { EngineEvents } from '../engine/events.js'

export type { Source } from '../engine/events.js'

export interface SwarmtagEvents extends EngineEvents {}

type Listener<Type extends keyof SwarmtagEvents> = (
  event: CustomEvent<SwarmtagEvents[Type]>,
) => void

/** Listeners as on an `EventTarget`, but typed: `addEventListener('chunk', ({ detail }) => …)`. */
export class Events {
  readonly #target = new EventTarget()
  readonly #dropped = new Set<string>()

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

  emit<Type extends keyof SwarmtagEvents>(type: Type, detail: SwarmtagEvents[Type]): void {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }))
  }

  /** The notice that a video is dropped from the swarm, once: two requests of an element may find it at the same moment. */
  emitDropped(code: DropCode, detail: string): void {
    if (this.#dropped.has(detail)) return
    this.#dropped.add(detail)
    this.emit('notice', { code, detail })
  }
}
