/** The files that a site hosts: within their budget (whoever needs more raises it, and says why), and with what licences want. */

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

test('the licences of the libraries within are there, and the files say where', () => {
  const licenses = readFileSync('dist/swarmtag-licenses.txt', 'utf8')
  for (const name of ['Swarmtag', '@trystero-p2p/core', 'idb', 'workbox-core', 'workbox-routing'])
    expect(licenses).toMatch(new RegExp(`^${name} .*\\(\\w+\\)\\n\\n.*\\S`, 'm'))
  for (const name of Object.keys(budget))
    expect(readFileSync(`dist/${name}`, 'utf8')).toMatch(/^\/\*! swarmtag-licenses\.txt \*\//)
})

test('no library prints on the console of a site, where only notices and what was asked for are', () => {
  expect(readFileSync('dist/swarmtag-peers.js', 'utf8')).not.toMatch(/console\.(warn|error)/)
})
