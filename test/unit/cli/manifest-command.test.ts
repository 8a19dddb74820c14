import { execFileSync } from 'node:child_process'
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect } from 'vitest'
import { manifestCommand } from '../../../src/cli/manifest-command.js'
import { MediaFile } from '../../../src/cli/media-file.js'
import { CHUNK_BYTES, chunk } from '../../../src/core/units.js'
import { Manifest } from '../../../src/store/manifest.js'
import { verify } from '../../../src/store/verify.js'
import { filmOf, test } from './fixtures.js'

const MIB = 1_048_576
const isRoot = process.getuid?.() === 0

class Text extends Writable {
  text = ''
  constructor(readonly isTTY = false) {
    super()
  }
  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += bytes
    done()
  }
}

async function manifest(
  files: string[],
  { signal = new AbortController().signal, isTTY = false } = {},
) {
  const stdout = new Text()
  const stderr = new Text(isTTY)
  const exitCode = await manifestCommand(files, { stdout, stderr, signal })
  return { exitCode, stdout: stdout.text, stderr: stderr.text }
}

/** A file that takes no room on the disk. */
async function writeZeros(path: string, sizeBytes: number): Promise<void> {
  await writeFile(path, '')
  await truncate(path, sizeBytes)
}

async function openManifest(path: string): Promise<Manifest> {
  const bytes = new Uint8Array(await readFile(path))
  return Manifest.open(bytes, async function* (_, { from, to }) {
    yield bytes.slice(from, to)
  })
}

describe('a manifest of a file', () => {
  // Around the ends of a chunk, of a read (1 MiB) and of a digest page (64 MiB).
  test.for([
    1,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    MIB - 1,
    MIB,
    MIB + 1,
    2 * MIB,
    3 * MIB + 77,
    64 * MIB + 1,
  ])('names every chunk of %i bytes', async (sizeBytes, { folder }) => {
    const film = filmOf(sizeBytes)
    const path = join(folder, 'film.mp4')
    await writeFile(path, film)
    const { exitCode, stdout, stderr } = await manifest([path])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const made = await openManifest(`${path}.swarm`)
    expect(made.descriptor).toMatchObject({ sizeBytes, name: 'film.mp4', type: 'video/mp4' })
    const { chunkCount } = made.map
    expect(stdout).toBe(`${path}.swarm\t${chunkCount} chunks\t${made.id}\n`)
    for (let index = chunk(0); index < chunkCount; index = chunk(index + 1)) {
      const { from, to } = made.map.spanOf({ from: index, to: chunk(index + 1) })
      await verify(made, index, new Uint8Array(film.subarray(from, to)))
    }
  })

  test('takes the place of an older one', async ({ folder }) => {
    const path = join(folder, 'film.webm')
    await writeFile(path, 'first')
    await manifest([path])
    const first = await openManifest(`${path}.swarm`)
    await writeFile(path, 'other')
    await manifest([path])
    expect((await openManifest(`${path}.swarm`)).id).not.toBe(first.id)
    expect(await readdir(folder)).toEqual(['film.webm', 'film.webm.swarm'])
  })

  test('keeps any name, and shows it on one line', async ({ folder }) => {
    const name = 'Über 日本\n\x1b[31m"%.MP4'
    await writeFile(join(folder, name), 'bytes')
    const { stdout } = await manifest([join(folder, name)])
    expect((await openManifest(join(folder, `${name}.swarm`))).descriptor.name).toBe(name)
    expect(stdout).toContain('Über 日本\\x0a\\x1b[31m"%.MP4.swarm\t1 chunks')
    expect(stdout.split('\n')).toHaveLength(2)
  })
})

describe('a file that cannot have a manifest', () => {
  test('is told with the reason, and the others are done', async ({ folder }) => {
    const path = (name: string) => join(folder, name)
    await writeFile(path('good.mp4'), 'bytes')
    await writeFile(path('also-good.mp3'), 'bytes')
    await writeFile(path('empty.mp4'), '')
    await writeFile(path('notes.txt'), 'text')
    await mkdir(path('folder.mp4'))
    await symlink(path('circle.mp4'), path('circle.mp4'))
    const bad = {
      'missing.mp4': 'there is no such file',
      'no/such/film.mp4': 'there is no such file',
      'good.mp4/film.mp4': 'a part of the path is a file',
      'circle.mp4': 'links lead in a circle',
      'empty.mp4': 'it is empty',
      'notes.txt': 'not video or audio by its name (.mp4 ',
      'folder.mp4': 'it is a folder',
    }
    const names = ['good.mp4', ...Object.keys(bad), 'also-good.mp3']
    const { exitCode, stdout, stderr } = await manifest(names.map(path))
    expect(exitCode).toBe(1)
    expect(stdout.match(/\.swarm\t/g)).toHaveLength(2)
    const lines = stderr.trimEnd().split('\n')
    expect(lines).toHaveLength(Object.keys(bad).length)
    Object.entries(bad).forEach(([name, why], at) => {
      expect(lines[at]).toContain(path(name))
      expect(lines[at]).toContain(why)
    })
    const left = (await readdir(folder)).filter(name => /swarm/.test(name))
    expect(left).toEqual(['also-good.mp3.swarm', 'good.mp4.swarm'])
  })

  test.skipIf(process.platform === 'win32')(
    'may be a pipe that nobody writes to',
    async ({ folder }) => {
      execFileSync('mkfifo', [join(folder, 'pipe.mp4')])
      const { exitCode, stderr } = await manifest([join(folder, 'pipe.mp4')])
      expect(exitCode).toBe(1)
      expect(stderr).toContain('it is no regular file')
    },
  )

  test('is one whose manifest cannot be put in place', async ({ folder }) => {
    await writeFile(join(folder, 'film.mp4'), 'bytes')
    await mkdir(join(folder, 'film.mp4.swarm'))
    const { exitCode, stderr } = await manifest([join(folder, 'film.mp4')])
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`cannot write ${join(folder, 'film.mp4.swarm')}: it is a folder`)
    expect(await readdir(folder)).toEqual(['film.mp4', 'film.mp4.swarm'])
  })

  test('is one whose name has no room for .swarm', async ({ folder }) => {
    const path = join(folder, `${'n'.repeat(250)}.mp4`)
    await writeFile(path, 'bytes')
    const { exitCode, stderr } = await manifest([path])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('the name is too long')
    expect(await readdir(folder)).toHaveLength(1)
  })

  test.skipIf(isRoot)('is one that is closed to us', async ({ folder }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, 'bytes')
    await chmod(path, 0)
    expect((await manifest([path])).stderr).toContain(`cannot read ${path}: permission denied`)
    await chmod(path, 0o600)
    await chmod(folder, 0o500)
    expect((await manifest([path])).stderr).toContain(
      `cannot write ${path}.swarm: permission denied`,
    )
    await chmod(folder, 0o700)
    expect(await readdir(folder)).toEqual(['film.mp4'])
  })

  test.for(['append', 'truncate', 'overwrite'])(
    'is one that is written to meanwhile (%s)',
    async (how, { folder }) => {
      const path = join(folder, 'film.mp4')
      await writeFile(path, filmOf(4 * MIB))
      const file = await MediaFile.open(path)
      if (how === 'append') await appendFile(path, 'more')
      if (how === 'truncate') await truncate(path, MIB)
      if (how === 'overwrite') await writeFile(path, filmOf(4 * MIB).reverse())
      await expect(file.manifest()).rejects.toMatchObject({ code: 'file-unreadable' })
      await file.close()
    },
  )
})

test('breaking off leaves nothing behind and throws the reason', async ({ folder }) => {
  const path = join(folder, 'film.mp4')
  await writeZeros(path, 2048 * MIB)
  const stopping = new AbortController()
  setTimeout(() => stopping.abort('stop'), 50)
  await expect(manifest([path], { signal: stopping.signal })).rejects.toBe('stop')
  expect(await readdir(folder)).toEqual(['film.mp4'])
})

describe('the progress bar', () => {
  test('is drawn on a terminal where the file is large, and taken off again', async ({
    folder,
  }) => {
    const path = join(folder, 'film.mp4')
    await writeZeros(path, 80 * MIB)
    const { stderr, stdout } = await manifest([path], { isTTY: true })
    expect(stderr).toContain('80 MiB')
    expect(stdout).toMatch(/chunks\t[0-9a-f]{64}\n$/)
  })

  test('is not drawn for a small file', async ({ folder }) => {
    await writeFile(join(folder, 'film.mp4'), 'bytes')
    expect((await manifest([join(folder, 'film.mp4')], { isTTY: true })).stderr).toBe('')
  })

  test('is not drawn into a file or a pipe', async ({ folder }) => {
    const path = join(folder, 'film.mp4')
    await writeZeros(path, 80 * MIB)
    expect((await manifest([path])).stderr).toBe('')
  })
})
