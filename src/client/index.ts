/** `swarmtag`: for sites that bundle it. The script tag constructs `Swarmtag` by itself. */

import type { SwarmtagOptions } from './options.js'
import { placeOf } from './place.js'
import { Swarmtag } from './swarmtag.js'

export type { ErrorCode } from '../core/errors.js'
export type { Sharing } from '../core/policy/sharing.js'
export type { Source, SwarmtagEvents } from './events.js'
export type { LinkedFile } from './linked-file.js'
export type { SwarmtagOptions } from './options.js'
export type { Share, ShareEnd, ShareOptions, ShareState } from './share.js'
export type { ElementStats, Stats, UploadStats, VideoStats, WhyPlain } from './stats.js'
export type { Status } from './swarmtag.js'
export { Swarmtag }

/** Starts Swarmtag on this page. Call it as early as possible: elements that load before play over plain HTTP. */
export function start(options: SwarmtagOptions = {}): Swarmtag {
  return new Swarmtag(options, placeOf(), {
    loadEngine: () => import('./page-engine.js'),
    // In this form, as bundlers look for it.
    startHashing: () => new Worker(new URL('./swarmtag-hash.js', import.meta.url)),
  })
}
