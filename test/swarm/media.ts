/** Films as people have them, made of small ones. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A second of a fragmented film: its head, one fragment, and ffmpeg's index, which is left out. */
const FRAGMENT = readFileSync(resolve('test/swarm/media/fragment.mp4'))

/** A fragmented film without index, as encoders write that cannot go back: so many seconds of so many bytes each. */
export function fragmentedFilm(seconds: number, bytesPerSecond: number): Buffer {
  const boxes = boxesOf(FRAGMENT)
  const bytesOf = (type: string) => {
    const found = boxes.find(each => each.type === type)
    if (!found) throw new Error(`no ${type}`)
    return Buffer.from(FRAGMENT.subarray(found.from, found.to))
  }
  const moof = bytesOf('moof')
  // Behind the samples a mdat may hold anything.
  const mdat = Buffer.concat([bytesOf('mdat'), Buffer.alloc(bytesPerSecond)])
  mdat.writeUInt32BE(mdat.length, 0)
  const parts = [bytesOf('ftyp'), bytesOf('moov')]
  const timescale = bytesOf('moov').readUInt32BE(bytesOf('moov').indexOf('mdhd') + 16)
  for (let second = 0; second < seconds; second++) {
    const each = Buffer.from(moof)
    each.writeUInt32BE(second + 1, each.indexOf('mfhd') + 8)
    const tfdt = each.indexOf('tfdt')
    const isLong = each[tfdt + 4] === 1
    each.writeUInt32BE(second * timescale, tfdt + (isLong ? 12 : 8))
    parts.push(each, mdat)
  }
  return Buffer.concat(parts)
}

/** A film whose index comes last, as most programs write it that do not know beforehand what they write. */
export function indexLast(film: Buffer): Buffer {
  const boxes = boxesOf(film)
  const index = boxes.find(({ type }) => type === 'moov')
  const media = boxes.find(({ type }) => type === 'mdat')
  if (!index || !media || index.from > media.from) throw new Error('the index is not first')
  const moov = Buffer.from(film.subarray(index.from, index.to))
  for (let at = moov.indexOf('stco'); at >= 0; at = moov.indexOf('stco', at + 4))
    for (let entry = 0; entry < moov.readUInt32BE(at + 8); entry++) {
      const place = at + 12 + 4 * entry
      moov.writeUInt32BE(moov.readUInt32BE(place) - moov.length, place)
    }
  return Buffer.concat([film.subarray(0, index.from), film.subarray(index.to), moov])
}

function boxesOf(file: Buffer): { type: string; from: number; to: number }[] {
  const boxes = []
  for (let from = 0; from < file.length; ) {
    const to = from + file.readUInt32BE(from)
    boxes.push({ type: file.toString('latin1', from + 4, from + 8), from, to })
    from = to
  }
  return boxes
}

/** A WebM film as `MediaRecorder` writes it: without its duration, and without the list that tells where its index is. */
export function withoutDuration(film: Buffer): Buffer {
  const recorded = Buffer.from(film)
  void voidElement(recorded, Buffer.from([0x11, 0x4d, 0x9b, 0x74]))
  void voidElement(recorded, Buffer.from([0x44, 0x89]))
  return recorded
}

/** Makes an element one to be passed over, of the same length. */
function voidElement(film: Buffer, id: Buffer): void {
  const at = film.indexOf(id)
  const first = film[at + id.length] ?? 0
  const sizeBytes = Math.clz32(first) - 23
  let size = first & (0xff >> sizeBytes)
  for (let byte = 1; byte < sizeBytes; byte++)
    size = size * 256 + (film[at + id.length + byte] ?? 0)
  const rest = id.length + sizeBytes + size
  // One byte of name, eight of size.
  if (at < 0 || rest < 9) throw new Error('no such element')
  film[at] = 0xec
  film.writeBigUInt64BE((1n << 56n) | BigInt(rest - 9), at + 1)
}
