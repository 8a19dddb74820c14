/** The types that files are published and sent with: media by the extension, and one for all others. */

import { isManifestType, OTHER_TYPE } from './descriptor-fields.js'

const MEDIA_TYPES = new Map([
  ['.mp4', 'video/mp4'],
  ['.m4v', 'video/mp4'],
  ['.mov', 'video/quicktime'],
  ['.webm', 'video/webm'],
  ['.mkv', 'video/x-matroska'],
  ['.ogv', 'video/ogg'],
  ['.mp3', 'audio/mpeg'],
  ['.m4a', 'audio/mp4'],
  ['.aac', 'audio/aac'],
  ['.ogg', 'audio/ogg'],
  ['.oga', 'audio/ogg'],
  ['.opus', 'audio/ogg'],
  ['.wav', 'audio/wav'],
  ['.flac', 'audio/flac'],
])

/** Extensions of the files that a site can publish, e.g. `.mp4`. */
export const MEDIA_EXTENSIONS: readonly string[] = [...MEDIA_TYPES.keys()]

/** The media type of a video or audio file, by its name; `undefined` for other files. A name that is all extension has none. */
export const mediaTypeOf = (path: string): string | undefined =>
  MEDIA_TYPES.get(/[^/\\](\.[^./\\]*)$/.exec(path)?.[1]?.toLowerCase() ?? '')

/**
 * The type that a manifest names for any file.
 *
 * @param type - what the browser takes it for; empty if it does not know
 */
export function manifestTypeOf(name: string, type: string): string {
  const [essence = ''] = type.toLowerCase().split(';', 1)
  return mediaTypeOf(name) ?? (isManifestType(essence) ? essence : OTHER_TYPE)
}
