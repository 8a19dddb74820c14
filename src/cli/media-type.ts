/** The media types that Swarmtag shares, by file extension: the one table that `manifest` and `serve` agree on. */

import { extname } from 'node:path'

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

/** Extensions of the files that can have a manifest, e.g. `.mp4`. */
export const MEDIA_EXTENSIONS: readonly string[] = [...MEDIA_TYPES.keys()]

/** The media type of a video or audio file, by its name; `undefined` for other files. */
export const mediaTypeOf = (path: string): string | undefined =>
  MEDIA_TYPES.get(extname(path).toLowerCase())
