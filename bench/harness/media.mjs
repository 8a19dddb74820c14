/** Makes the videos and files that are measured with; nothing of it is committed. */

import { spawn } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const MIB = 1_048_576

/** Raised when a recipe changes: files of another recipe are left alone. */
const RECIPE = 1

/** Seconds of a 64 MiB film at 5 Mbit/s. */
const FILM_SECONDS = 107
const VIDEO_BITS = '4840k'
const AUDIO_BITS = '128k'
const SEGMENT_SECONDS = 4

/** Kept from run to run. */
export const mediaFolder = join(
  process.env.SWARMTAG_BENCH_MEDIA ?? join(tmpdir(), 'swarmtag-bench'),
  `media-${RECIPE}`,
)

/** What there is to measure with; each is made when it is first asked for. */
const RECIPES = {
  /** 64 MiB of H.264 and AAC, index first: a film as sites have it. */
  'film.mp4': path =>
    ffmpeg(
      ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=30:duration=${FILM_SECONDS}`],
      ...['-f', 'lavfi', '-i', `sine=frequency=330:duration=${FILM_SECONDS}`],
      ...['-vf', 'noise=alls=24:allf=t,format=yuv420p', '-c:v', 'libx264', '-preset', 'veryfast'],
      ...['-b:v', VIDEO_BITS, '-minrate', VIDEO_BITS, '-maxrate', VIDEO_BITS, '-bufsize', '2000k'],
      ...['-x264-params', 'nal-hrd=cbr', '-g', '60', '-c:a', 'aac', '-b:a', AUDIO_BITS],
      ...['-shortest', '-movflags', '+faststart', '-f', 'mp4', path],
    ),
  /** The same film eight times over: room for seeks that meet no buffer. */
  'long.mp4': path => repeat(8, path),
  /** The same film 64 times over: 4 GiB. */
  'huge.mp4': path => repeat(64, path),
  /** The film in fragments of a second, without an index: a browser jumps from one to the next to find its way. */
  'fragments.mp4': async path =>
    ffmpeg(
      ...['-i', await media('film.mp4'), '-c', 'copy', '-frag_duration', '1000000', '-movflags'],
      ...['frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4', path],
    ),
  /** The film once more, cut up for HLS players. */
  hls: async folder => {
    mkdirSync(folder)
    await ffmpeg(
      ...['-i', await media('film.mp4'), '-c', 'copy', '-f', 'hls', '-hls_playlist_type', 'vod'],
      ...['-hls_time', String(SEGMENT_SECONDS), '-hls_segment_type', 'fmp4'],
      ...['-hls_segment_filename', join(folder, 'part-%03d.m4s')],
      ...['-master_pl_name', 'film.m3u8', join(folder, 'media.m3u8')],
    )
  },
  /** 64 MiB that nothing can compress, the same on every machine. */
  'random.mp4': path => {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16))
    writeFileSync(path, cipher.update(Buffer.alloc(64 * MIB)))
  },
}

/** @typedef {keyof typeof RECIPES} MediaName */

/**
 * The path of a file, made if it is not there yet.
 *
 * @param {MediaName} name
 * @returns {Promise<string>}
 */
export async function media(name) {
  const path = join(mediaFolder, name)
  if (existsSync(path)) return path
  mkdirSync(mediaFolder, { recursive: true })
  console.log(`making ${name}`)
  const unfinished = join(mediaFolder, `unfinished-${process.pid}-${name}`)
  try {
    await RECIPES[name](unfinished)
    renameSync(unfinished, path)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return path
}

const repeat = async (times, path) =>
  ffmpeg(
    ...['-stream_loop', String(times - 1), '-i', await media('film.mp4'), '-c', 'copy'],
    ...['-movflags', '+faststart', '-f', 'mp4', path],
  )

/** @param {...string} args */
function ffmpeg(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', () =>
      reject(new Error('ffmpeg is needed to make the films; install it (package ffmpeg)')),
    )
    child.on('exit', code =>
      code === 0 ? resolve(undefined) : reject(new Error(`ffmpeg ended with ${code}`)),
    )
  })
}
