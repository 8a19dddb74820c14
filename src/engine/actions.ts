/** Does what the policy says, where that is something for a response or for the swarm. */

import { SwarmtagError } from '../core/errors.js'
import { copyOfChunk } from '../core/format/chunk-bytes.js'
import type { ViewerAction } from '../core/policy/viewer-messages.js'
import { chunkId, logger } from '../log/log.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { ResponseSink } from './response-sink.js'
import type { SwarmPort } from './swarm-port.js'

type Of<Type extends ViewerAction['type']> = Extract<ViewerAction, { type: Type }>
export type ResponseAction = Of<'grant' | 'read-on' | 'hold' | 'exhausted' | 'give'>
export type SwarmAction = Of<'want' | 'cancel' | 'let-go' | 'send-have' | 'send-lost'>

/** What came, and is to be given to responses that wait for it. */
export type InHand = VerifiedChunk | undefined

const WASTEFUL = new SwarmtagError('peer-timeout', 'the peer gives what others gave by then')

const log = logger('session')

export function toResponse(
  action: ResponseAction,
  sink: ResponseSink | undefined,
  inHand: InHand,
): void {
  switch (action.type) {
    case 'grant':
      return sink?.grant(action.run)
    case 'read-on':
      return sink?.readOn(action.to)
    case 'hold':
      return sink?.hold(action.forMs)
    case 'exhausted':
      return sink?.exhausted()
    case 'give':
      // Copied: storage and other viewers need the bytes too.
      if (inHand) sink?.chunk(action.index, copyOfChunk(inHand.bytes))
  }
}

export function toSwarm(action: SwarmAction, swarm: SwarmPort | undefined): void {
  switch (action.type) {
    case 'want':
      return swarm?.want(action.peer, action.indices)
    case 'cancel':
      return swarm?.cancel(action.peer, action.indices)
    case 'let-go':
      return swarm?.letGo(action.peer, WASTEFUL)
    case 'send-have':
      return swarm?.sendHave(action.index)
    case 'send-lost':
      return swarm?.sendLost(action.runs)
  }
}

/** All but where the viewer is, which is said many times a second. */
export function logAction(action: ViewerAction, url: string): void {
  if (action.type === 'give') log.debug(chunkId(url, action.index), 'given to', action.demand)
  else if (action.type !== 'watch') log.debug(action.type, url, action)
}
