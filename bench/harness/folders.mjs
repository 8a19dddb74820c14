/** Where things are in the repository. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const benchFolder = join(dirname(fileURLToPath(import.meta.url)), '..')
export const repoFolder = join(benchFolder, '..')
