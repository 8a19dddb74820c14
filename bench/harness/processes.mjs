/** Processor time and memory of a browser with all its processes, from Linux' `/proc`. */

import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100
const KIB_PER_MIB = 1_024

const read = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has ended meanwhile.
    return ''
  }
}

/**
 * The processes of the browser that runs on a profile.
 *
 * @param {string} profileFolder
 * @returns {string[]}
 */
export function processesOf(profileFolder) {
  const ids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const parentOf = new Map(ids.map(id => [id, statOf(id)?.parent]))
  const isRoot = id => read(`/proc/${id}/cmdline`).includes(`--user-data-dir=${profileFolder}`)
  const roots = new Set(ids.filter(isRoot))
  const belongs = id => {
    for (let each = id; each && each !== '0'; each = parentOf.get(each))
      if (roots.has(each)) return true
    return false
  }
  return ids.filter(belongs)
}

/** @param {readonly string[]} ids */
export function usageOf(ids) {
  const sum = values => values.reduce((total, each) => total + each, 0)
  return {
    cpuSeconds: sum(ids.map(id => statOf(id)?.cpuSeconds ?? 0)),
    rssMib: sum(ids.map(id => kibOf(read(`/proc/${id}/status`), 'VmRSS'))) / KIB_PER_MIB,
    ownMib: sum(ids.map(ownKib)) / KIB_PER_MIB,
  }
}

/**
 * What a process wrote itself, with its part of what it shares. Program code is left out: its share
 * depends on how many other browsers run.
 */
function ownKib(id) {
  const rollup = read(`/proc/${id}/smaps_rollup`)
  return kibOf(rollup, 'Pss_Anon') + kibOf(rollup, 'Pss_Shmem')
}

const kibOf = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)

function statOf(id) {
  // The second field is the program's name in brackets, which may hold anything.
  const fields = read(`/proc/${id}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  if (fields.length < 14) return undefined
  // Counted from the field after the name: state, parent, …, user time (12th), system time (13th).
  return {
    parent: fields[1],
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  }
}
