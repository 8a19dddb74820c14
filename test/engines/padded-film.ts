/** The demo's film at another bit rate: the same pictures and sound, with bytes between them that nobody plays. */

import { FILM_BYTES } from '../swarm/site.js'

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl'])

/**
 * Pads what lies between the places that the film's index names.
 *
 * @param times - how long the film becomes, in its own length
 */
export function paddedFilm(times: number): Buffer {
  const head = Buffer.from(FILM_BYTES)
  const tables = chunkTables(head, 0, head.length)
  const places = tables.flatMap(at => offsetsAt(head, at)).sort((a, b) => a - b)
  const [first = head.length] = places
  const movedTo = new Map<number, number>()
  const parts: Buffer[] = []
  let lengthBytes = first
  for (const [at, place] of places.entries()) {
    const media = FILM_BYTES.subarray(place, places[at + 1])
    movedTo.set(place, lengthBytes)
    parts.push(media, Buffer.alloc(media.length * (times - 1)))
    lengthBytes += media.length * times
  }
  for (const at of tables)
    for (const [entry, place] of offsetsAt(head, at).entries())
      head.writeUInt32BE(movedTo.get(place) ?? place, at + 16 + 4 * entry)
  head.writeUInt32BE(lengthBytes - mediaBox(head), mediaBox(head))
  return Buffer.concat([head.subarray(0, first), ...parts])
}

/** Where the tables of places (`stco`) are. */
function chunkTables(film: Buffer, from: number, to: number): number[] {
  return boxes(film, from, to).flatMap(({ type, at, end }) => {
    if (type === 'stco') return [at]
    return CONTAINERS.has(type) ? chunkTables(film, at + 8, end) : []
  })
}

const offsetsAt = (film: Buffer, table: number): number[] =>
  Array.from({ length: film.readUInt32BE(table + 12) }, (_, entry) =>
    film.readUInt32BE(table + 16 + 4 * entry),
  )

function mediaBox(film: Buffer): number {
  const box = boxes(film, 0, film.length).find(({ type }) => type === 'mdat')
  if (!box) throw new Error('the film has no media')
  return box.at
}

function boxes(film: Buffer, from: number, to: number) {
  const found: { type: string; at: number; end: number }[] = []
  for (let at = from; at < to; ) {
    const end = at + film.readUInt32BE(at)
    found.push({ type: film.toString('latin1', at + 4, at + 8), at, end })
    at = end
  }
  return found
}
