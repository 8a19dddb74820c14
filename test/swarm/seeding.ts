/** `swarmtag seed` as it is built, for tests that need somebody who gives a film. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { test as base, expect } from './fixtures.js'

export class SeedProcess {
  stdout = ''
  stderr = ''

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', text => {
      this.stdout += text
    })
    child.stderr?.on('data', text => {
      this.stderr += text
    })
  }

  /** The root of a film that it gives. */
  rootOf(film: string): string {
    const line = this.stdout.split('\n').find(each => each.startsWith(`seeding ${film}\t`))
    return line?.split('\t')[1]?.trim() ?? ''
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode
    this.child.kill(signal)
    const [code] = await once(this.child, 'close')
    return code
  }
}

interface Seeding {
  /** Seeds files or URLs, and returns once it does. */
  seed: (films: readonly string[], ...options: string[]) => Promise<SeedProcess>
}

type Test = ReturnType<typeof base.extend<Seeding>>

export const test: Test = base.extend<Seeding>({
  seed: async ({ site }, use) => {
    const processes: SeedProcess[] = []
    await use(async (films, ...options) => {
      const tracker = `ws://localhost:${site.server.port}/tracker`
      const args = [resolve('dist/cli.js'), 'seed', ...films, '--tracker', tracker, ...options]
      const seeder = new SeedProcess(spawn(process.execPath, args))
      processes.push(seeder)
      for (const film of films) await expect.poll(() => seeder.stdout).toContain(`seeding ${film}`)
      return seeder
    })
    for (const each of processes) await each.end('SIGKILL')
  },
})
