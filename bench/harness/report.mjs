/** Prints what was measured, and keeps it with the machine that it was measured on. */

import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder } from './folders.mjs'
import { mean, median, p95 } from './statistics.mjs'

const HEAD = ['scenario', 'measure', 'contender', 'median', 'p95', 'min…max', 'n', '× first']

/**
 * A table of rows; the last column compares with the scenario's first contender.
 *
 * @param {readonly import('./trial.mjs').Row[]} rows
 */
export function table(rows) {
  const lines = [HEAD, ...[...rows].sort(byMeasure).map(row => cells(row, baseOf(row, rows)))]
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map(line => (line[column] ?? '').length)),
  )
  const print = line =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  return lines.map(print).join('\n')
}

/**
 * Appends rows to `bench/results`, one JSON object a line.
 *
 * @param {readonly import('./trial.mjs').Row[]} rows
 * @param {{ at: string, machine: object, load: number }} run
 */
export function keep(rows, run) {
  const folder = join(benchFolder, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${run.at.slice(0, 10)}.jsonl`)
  const lines = rows.map(row => {
    const { digits: _, isShare, ...figures } = row
    return JSON.stringify({
      ...run,
      ...figures,
      [isShare ? 'mean' : 'median']: rounded(middle(row)),
      p95: rounded(p95(row.samples)),
      samples: row.samples.map(rounded),
    })
  })
  if (lines.length > 0) appendFileSync(file, `${lines.join('\n')}\n`)
  return file
}

const rounded = value => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null)

/** What stands for all samples of a row. */
const middle = ({ isShare, samples }) => (isShare ? mean(samples) : median(samples))

const byMeasure = (a, b) => (a.scenario === b.scenario ? a.measure.localeCompare(b.measure) : 0)

const baseOf = ({ scenario, measure }, rows) =>
  rows.find(row => row.scenario === scenario && row.measure === measure)

function cells(row, base) {
  const { scenario, measure, contender, unit, digits, isShare, samples, failed } = row
  const head = [scenario, measure, contender]
  if (samples.length === 0) return [...head, `failed: ${failed}`]
  const show = value => value.toFixed(digits)
  const least = show(Math.min(...samples))
  const most = show(Math.max(...samples))
  const ratio = base ? middle(row) / middle(base) : Number.NaN
  return [
    ...head,
    `${show(middle(row))} ${unit}`.trim(),
    isShare ? '' : show(p95(samples)),
    least === most ? '' : `${least}…${most}`,
    String(samples.length),
    Number.isFinite(ratio) ? ratio.toFixed(2) : '',
    ...(failed ? [`(failed ${failed})`] : []),
  ]
}
