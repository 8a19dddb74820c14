/** The pages that contenders are measured on: the same but for what each adds. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder } from '../harness/folders.mjs'

/** Written into the page: a request more would hide what a contender's own scripts cost. */
const PROBE = `<script>${readFileSync(join(benchFolder, 'pages/probe.js'), 'utf8')}</script>`

/** A page with a film, as a site would have it. `head` is what the contender adds; `video` its element's attributes. */
export const watchPage = ({ head = '', video, tail = '' }) =>
  `<!doctype html><meta charset="utf-8"><title>watch</title>${PROBE}${head}<video muted autoplay ${video}></video>${tail}`

/** A page that loads a file and shows nothing. */
export const loadPage = (head, script) =>
  `<!doctype html><meta charset="utf-8"><title>load</title>${head}<script type="module" src="/pages/${script}"></script>`
