/** Runs a command to its exit code. */

import { once } from 'node:events'
import { SwarmtagError } from '../core/errors.js'
import { createToken } from './admission.js'
import { type Command, parseCommand, USAGE } from './command-line.js'
import { manifestCommand, type Terminal } from './manifest-command.js'
import { printable } from './printable.js'
import { seedCommand } from './seed-command.js'
import { serve } from './serve.js'
import { DEFAULT_DAYS, publicKeyOf, readKey, Signer, writeKey } from './signing.js'

export interface Program {
  readonly version: string
  /** The folder of the scripts that `serve` puts over a site. */
  readonly distFolder: string
}

/**
 * Runs the command, with errors on `stderr`.
 *
 * @returns the exit code: 1 if the work failed, 2 if the arguments are no command
 * @throws the terminal's signal's reason, if it broke off unfinished work
 */
export async function run(
  args: readonly string[],
  program: Program,
  terminal: Terminal,
): Promise<number> {
  try {
    return await runCommand(parseCommand(args), program, terminal)
  } catch (error) {
    if (!(error instanceof SwarmtagError) || error.code !== 'option-invalid') throw error
    terminal.stderr.write(`swarmtag: ${printable(error.detail)} (try swarmtag --help)\n`)
    return 2
  }
}

async function runCommand(
  command: Command,
  { version, distFolder }: Program,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr, signal } = terminal
  const warn = (line: string) => {
    stderr.write(`swarmtag: ${printable(line)}\n`)
  }
  if (command.name === 'help' || command.name === 'version') {
    stdout.write(command.name === 'help' ? USAGE : `${version}\n`)
    return 0
  }
  try {
    if (command.name === 'manifest') {
      const { files, keyFile, days = DEFAULT_DAYS } = command
      const signer = keyFile === undefined ? undefined : new Signer(await readKey(keyFile), days)
      return await manifestCommand(files, terminal, signer)
    }
    if (command.name === 'key') {
      stdout.write(`${publicKeyOf(await writeKey(command.file, command.isEdwards))}\n`)
      return 0
    }
    if (command.name === 'token') {
      const { keyFile, peer: peerKey, site, root, seconds } = command
      const privateKey = await readKey(keyFile)
      stdout.write(`${createToken({ privateKey, peerKey, site, root, seconds })}\n`)
      return 0
    }
    if (command.name === 'seed') return await seedCommand(command.options, terminal)
    const server = await serve({ ...command.options, distFolder, warn })
    stdout.write(`ready ${server.url}\n`)
    if (!signal.aborted) await once(signal, 'abort')
    await server.close()
    return 0
  } catch (error) {
    if (!(error instanceof SwarmtagError)) throw error
    // An address that is not available is no usage error; an invalid claim is.
    if (error.code === 'option-invalid' && command.name === 'token') throw error
    warn(error.detail)
    return 1
  }
}
