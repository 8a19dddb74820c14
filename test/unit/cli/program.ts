/** The program as a process, as its package has it: built from its entry. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { test as base } from './fixtures.js'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export class Process {
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

  async end(): Promise<{ code: number | null; signal: string | null }> {
    const [code, signal] = await once(this.child, 'close')
    return { code, signal }
  }
}

const withProgram = base.extend<{ $file: { program: string } }>({
  program: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the dependencies off the pattern
    async ({}, use) => {
      // In the project's own folder, where the packages that the bundle imports are found.
      await mkdir(join(ROOT, 'build'), { recursive: true })
      const bundleFolder = await mkdtemp(join(ROOT, 'build', 'program-'))
      const program = join(bundleFolder, 'cli.js')
      await build({
        entryPoints: [join(ROOT, 'src/cli/index.ts')],
        bundle: true,
        platform: 'node',
        format: 'esm',
        packages: 'external',
        outfile: program,
        logLevel: 'error',
      })
      await use(program)
      await rm(bundleFolder, { recursive: true, force: true })
    },
    { scope: 'file' },
  ],
})

export const test = withProgram.extend<{
  /** Starts the program in `folder`. */
  start: (...args: string[]) => Process
}>({
  start: async ({ folder, program }, use) => {
    const children: ChildProcess[] = []
    await use((...args) => {
      const child = spawn(process.execPath, [program, ...args], { cwd: folder })
      children.push(child)
      return new Process(child)
    })
    for (const child of children) child.kill('SIGKILL')
  },
})
