import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect } from 'vitest'
import { run } from '../../../src/cli/run.js'
import { signaturePreimage } from '../../../src/core/format/manifest.js'
import { Manifest } from '../../../src/store/manifest.js'
import { importPublicKey, isSignedBy } from '../../../src/store/signatures.js'
import { test } from './fixtures.js'

class Text extends Writable {
  text = ''
  readonly isTTY = false
  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += bytes
    done()
  }
}

async function swarmtag(...args: string[]) {
  const stdout = new Text()
  const stderr = new Text()
  const { signal } = new AbortController()
  const program = { version: '0', distFolder: '' }
  const exitCode = await run(args, program, { stdout, stderr, signal })
  return { exitCode, stdout: stdout.text, stderr: stderr.text }
}

for (const kind of ['P-256', 'Ed25519'])
  test(`a key is made and signs a manifest that its public key answers for: ${kind}`, async ({
    folder,
  }) => {
    const [key, film] = [join(folder, 'site.pem'), join(folder, 'film.mp4')]
    await writeFile(film, 'a film')
    const made = await swarmtag('key', ...(kind === 'Ed25519' ? ['--ed25519'] : []), key)
    expect(made).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await stat(key)).mode & 0o777).toBe(0o600)
    expect(await swarmtag('manifest', '--key', key, '--days', '7', film)).toMatchObject({
      exitCode: 0,
    })
    const bytes = new Uint8Array(await readFile(`${film}.swarm`))
    const { descriptor, descriptorBytes } = await Manifest.open(bytes, async function* () {})
    const { issuedAtS = 0, expiresAtS, signature = new Uint8Array() } = descriptor.signed ?? {}
    expect(Math.abs(issuedAtS - Date.now() / 1_000)).toBeLessThan(60)
    expect(expiresAtS).toBe(issuedAtS + 7 * 86_400)
    const publicKey = await importPublicKey(made.stdout)
    expect(await isSignedBy(publicKey, signature, signaturePreimage(descriptorBytes))).toBe(true)
  })

test('a key is never written over a file', async ({ folder }) => {
  const path = join(folder, 'film.mp4')
  await writeFile(path, 'a film')
  expect(await swarmtag('key', path)).toMatchObject({ exitCode: 1, stdout: '' })
  expect(await readFile(path, 'utf8')).toBe('a film')
})

test('a manifest is not written where the key is none', async ({ folder }) => {
  const film = join(folder, 'film.mp4')
  await writeFile(film, 'a film')
  for (const key of [film, join(folder, 'nowhere.pem')]) {
    const { exitCode, stderr } = await swarmtag('manifest', '--key', key, film)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(key)
  }
  await expect(stat(`${film}.swarm`)).rejects.toThrow('ENOENT')
})

test('a token is told', async ({ folder }) => {
  const key = join(folder, 'site.pem')
  await swarmtag('key', key)
  const peer = Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]).toString('base64url')
  const args = ['token', '--key', key, '--site', 'https://site.example', '--peer']
  expect((await swarmtag(...args, peer)).stdout).toMatch(/^[\w-]{156}\n$/)
  expect(await swarmtag(...args, 'nobody')).toMatchObject({ exitCode: 2, stdout: '' })
})
