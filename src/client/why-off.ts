/** Why a page is connected to no other viewers, or receives nothing that no server has. */

import { SwarmtagError } from '../core/errors.js'
import type { Sharing } from '../core/policy/sharing.js'
import type { Settings } from './swarm-options.js'

/** `undefined` if it may be connected. */
export function whyOff({ trackers }: Settings, sharing: Sharing): string | undefined {
  if (trackers.length === 0) return 'the page names no tracker (data-tracker)'
  return sharing === 'on' ? undefined : `this browser is not connected to viewers (${sharing})`
}

/** @throws SwarmtagError `sharing-off` if the page accepts only what the site has signed: no site has signed such a file */
export function requireReceivable({ key }: Settings): void {
  if (key === undefined) return
  throw new SwarmtagError(
    'sharing-off',
    'the page accepts only what the site has signed (data-key)',
  )
}
