/** What a page's script sees of a file that it gives to others. */

import type { Sharing } from '../core/policy/sharing.js'

export type ShareState = 'hashing' | 'sharing' | 'ended'

/**
 * Why a share has ended:
 *
 * - `stopped`: by `stop()`, by its signal, with all of Swarmtag on this page, or as the same file is shared once more
 * - `changed`: the file is another than the one that was hashed
 * - `unreadable`: the browser cannot read the file any more: it was changed, moved or deleted
 * - `failed`: it did not begin; `hashed` rejects with the reason
 */
export type ShareEnd = 'stopped' | 'changed' | 'unreadable' | 'failed'

/** Options of one share. */
export interface ShareOptions {
  /** What others see. @default the file's own name */
  name?: string
  /** Bytes per second given, all viewers together. More serves more viewers at a time. @default the page's `uploadRate` */
  uploadRate?: number
  /** URL of the page that opens the link. @default the page's `receive` */
  page?: string
  /** Ends the share. @default none */
  signal?: AbortSignal
}

/** One file that is given to others. It is an `EventTarget`: `change` fires whenever one of its properties changes. */
export interface Share {
  readonly name: string
  readonly sizeBytes: number
  /** Media type that its descriptor names; `application/octet-stream` for what is no media. */
  readonly type: string
  readonly state: ShareState
  /** Why it has ended; `undefined` before. */
  readonly why: ShareEnd | undefined
  /** Share of the file that is hashed, 0 to 1. */
  readonly progress: number
  /** The file's identity, as 64 hexadecimal digits; `undefined` while it is hashed. */
  readonly root: string | undefined
  /** What to give to those who shall have the file; `undefined` while it is hashed. */
  readonly link: string | undefined
  /** Resolves to the link once the file is hashed; rejects if it cannot be, or the share ends before. */
  readonly hashed: Promise<string>
  /** Whether this browser may be connected to others; if not, why. */
  readonly sharing: Sharing
  /** Others who are connected for this file now. */
  readonly viewers: number
  /** Bytes given to them so far. */
  readonly givenBytes: number
  /** Gives nothing from now on, and disconnects those who are there. The file stays as it is. */
  stop(): void
  addEventListener(
    type: 'change',
    listener: (event: Event) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener(
    type: 'change',
    listener: (event: Event) => void,
    options?: boolean | EventListenerOptions,
  ): void
}
