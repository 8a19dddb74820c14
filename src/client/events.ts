/** What a page can listen to. */

import type { EngineEvents } from '../engine/events.js'

export type { Source } from '../engine/events.js'

export interface SwarmtagEvents extends EngineEvents {}

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

  emit<Type extends keyof SwarmtagEvents>(type: Type, detail: SwarmtagEvents[Type]): void {
    this.#target.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
