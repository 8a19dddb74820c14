/** The files that a site hosts stay within their budget; whoever needs more raises it, and says why. */

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const budget: Record<string, number> = JSON.parse(readFileSync('dist-size-budget.json', 'utf8'))

for (const [name, maxBytes] of Object.entries(budget))
  test(`${name} is within ${maxBytes} bytes, compressed`, () => {
    expect(gzipSync(readFileSync(`dist/${name}`), { level: 9 }).length).toBeLessThanOrEqual(
      maxBytes,
    )
  })
