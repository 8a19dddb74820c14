/** Checks what a file is to be shared with. */

import { SwarmtagError } from '../core/errors.js'
import { manifestTypeOf } from '../core/format/media-type.js'
import { amount, invalid, OptionReader, urlFrom } from './option-check.js'
import type { Place } from './place.js'
import type { ShareOptions } from './share.js'
import type { Settings } from './swarm-options.js'

/** As much as a manifest's field holds. */
const MAX_NAME_BYTES = 65_535

export interface ShareSettings {
  readonly file: Blob
  readonly name: string
  readonly type: string
  readonly bytesPerSecond: number
  /** Absolute, without fragment. */
  readonly pageUrl: string
  readonly signal: AbortSignal | undefined
}

const OPTIONS = ['name', 'uploadRate', 'page', 'signal']

/**
 * Checks a file and its options: unlike those of the page, which plays its videos in any case, a mistake is thrown.
 *
 * @throws SwarmtagError `option-invalid`; `file-unreadable` if the file is empty
 */
export function checkShare(
  file: File,
  options: ShareOptions,
  page: Settings,
  { pageUrl }: Place,
): ShareSettings {
  if (!(file instanceof Blob)) throw invalid('file', 'it is no File')
  if (page.trackers.length === 0)
    throw invalid('tracker', 'the page names none, and others would not find the file')
  const reader = new OptionReader(options)
  const name = reader.read('name', nameFrom, file.name || 'file')
  const settings = {
    file,
    // Half a character cannot be written.
    name: name.replace(/[\ud800-\udfff]/gu, '\ufffd'),
    type: manifestTypeOf(name, file.type),
    bytesPerSecond: reader.read('uploadRate', amount, page.uploadLimits.bytesPerSecond),
    pageUrl: reader.read('page', urlFrom(pageUrl), page.receiveUrl),
    signal: reader.read('signal', signalFrom, undefined),
  }
  const unknown = Object.keys(options).filter(each => !OPTIONS.includes(each))
  const [problem] = [
    ...reader.problems,
    ...unknown.map(each => invalid(each, 'there is no such option')),
  ]
  if (problem) throw problem
  if (encodeURIComponent(settings.name).length > MAX_NAME_BYTES)
    throw invalid('name', 'it is too long')
  if (settings.bytesPerSecond === 0) throw invalid('uploadRate', 'nothing would ever be given')
  if (file.size === 0)
    throw new SwarmtagError('file-unreadable', `${name} is empty, or not there any more`)
  return settings
}

function nameFrom(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(name, 'it is no name')
  return value
}

function signalFrom(value: unknown, name: string): AbortSignal {
  if (!(value instanceof AbortSignal)) throw invalid(name, 'it is no AbortSignal')
  return value
}
