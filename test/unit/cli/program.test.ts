/** The program as a process: what only its entry does, from exit codes to signals. */

import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { ROOT, test } from './program.js'

test('--version is that of the package, --help is on stdout', async ({ start }) => {
  const version = start('--version')
  expect(await version.end()).toEqual({ code: 0, signal: null })
  const about = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  expect(version.stdout).toBe(`${about.version}\n`)
  const help = start('--help')
  expect(await help.end()).toEqual({ code: 0, signal: null })
  expect(help.stdout).toContain('swarmtag manifest FILE...')
})

test('wrong usage is told in one line and ends with 2', async ({ start }) => {
  for (const args of [[], ['what'], ['manifest'], ['serve', '.', '--port', 'x']]) {
    const wrong = start(...args)
    expect(await wrong.end()).toEqual({ code: 2, signal: null })
    expect(wrong.stdout).toBe('')
    expect(wrong.stderr).toMatch(/^swarmtag: [^\n]+ \(try swarmtag --help\)\n$/)
  }
})

describe('manifest', () => {
  test('ends with 1 where one file failed', async ({ start, folder }) => {
    await writeFile(join(folder, 'film.mp4'), 'bytes')
    const made = start('manifest', 'missing.mp4', 'film.mp4')
    expect(await made.end()).toEqual({ code: 1, signal: null })
    expect(made.stderr).toBe('swarmtag: cannot read missing.mp4: there is no such file\n')
    expect(made.stdout).toMatch(/^film\.mp4\.swarm\t1 chunks\t[0-9a-f]{64}\n$/)
  })

  test.for(['SIGINT', 'SIGTERM'] as const)(
    '%s leaves nothing behind',
    async (name, { start, folder }) => {
      await writeFile(join(folder, 'film.mp4'), '')
      await truncate(join(folder, 'film.mp4'), 32 * 1024 ** 3)
      const made = start('manifest', 'film.mp4')
      await expect.poll(() => readdir(folder), { timeout: 5_000 }).toHaveLength(2)
      made.child.kill(name)
      expect(await made.end()).toEqual({ code: null, signal: name })
      expect(await readdir(folder)).toEqual(['film.mp4'])
      expect(made.stderr).toBe('')
    },
  )
})

describe('serve', () => {
  test.for(['SIGINT', 'SIGTERM'] as const)(
    'says when it is ready and ends cleanly by %s',
    async (name, { start, folder }) => {
      await writeFile(join(folder, 'film.mp4'), 'bytes')
      const server = start('serve', '.', '--port', '0')
      await expect
        .poll(() => server.stdout, { timeout: 5_000 })
        .toMatch(/^ready http:\/\/localhost:\d+\/\n$/)
      const url = server.stdout.slice('ready '.length).trim()
      expect((await fetch(`${url}film.mp4.swarm`)).status).toBe(200)
      server.child.kill(name)
      expect(await server.end()).toEqual({ code: 0, signal: null })
      expect(server.stderr).toBe('')
    },
  )

  test('tells in one line why it cannot start', async ({ start, startServer }) => {
    const { port } = await startServer()
    const taken = start('serve', '.', '--port', String(port))
    expect(await taken.end()).toEqual({ code: 1, signal: null })
    expect(taken.stderr).toBe(
      `swarmtag: cannot listen: port ${port} of 127.0.0.1 is in use, choose another with --port\n`,
    )
    const missing = start('serve', 'no-such-folder', '--port', '0')
    expect(await missing.end()).toEqual({ code: 1, signal: null })
    expect(missing.stderr).toBe('swarmtag: cannot read no-such-folder: there is no such file\n')
  })
})
