/** One scenario under way: opens viewers, repeats measurements in turn, and collects what they give. */

import { Viewer } from './viewer.mjs'

/** A sample that takes longer has failed. */
const SAMPLE_LIMIT_MS = 90_000
/** A contender that failed this often, and never succeeded, is not asked again. */
const MAX_FAILURES = 2

/**
 * @typedef {object} Measure
 * @property {string} unit
 * @property {number} [digits]
 * @property {boolean} [isShare] samples are 0 or 100: their mean is reported, and not their median
 *
 * @typedef {object} Row
 * @property {string} scenario
 * @property {string} contender
 * @property {string} measure
 * @property {string} unit
 * @property {number} digits
 * @property {boolean} [isShare]
 * @property {number[]} samples
 * @property {string} [failed]
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} about
 * @property {number} [runs] times each contender is measured unless the command line says otherwise
 * @property {number} limitMs the scenario fails after this time
 * @property {number} [sampleLimitMs] a sample fails after this time, 90 s unless said otherwise
 * @property {Record<string, Measure>} measures
 * @property {(trial: Trial) => Promise<void>} run
 */

export class Trial {
  /** @type {Map<string, { samples: Record<string, number[]>, failures: string[] }>} */
  #results = new Map()
  /** @type {Set<Viewer>} */
  #viewers = new Set()
  /** @type {Map<string, Promise<unknown>>} */
  #kept = new Map()
  #isOver = false

  /**
   * @param {Scenario} scenario
   * @param {import('./site.mjs').Site} site
   * @param {{ runs?: number, only?: string, contenders?: string, isWarm: boolean }} options
   */
  constructor(scenario, site, { runs, only = '', contenders = '', isWarm }) {
    this.scenario = scenario
    this.site = site
    this.runs = runs ?? scenario.runs ?? 5
    this.only = new RegExp(only)
    this.contenders = new RegExp(contenders)
    this.isWarm = isWarm
  }

  /** Opens a viewer that stays until the scenario ends. */
  async open(options) {
    const viewer = new Viewer()
    this.#viewers.add(viewer)
    await viewer.open(options)
    // The scenario may have run out of time while the browser started.
    if (this.#isOver) await this.close(viewer)
    return viewer
  }

  /** @param {Viewer} viewer */
  async close(viewer) {
    this.#viewers.delete(viewer)
    await viewer.close()
  }

  /**
   * Makes something once for the whole scenario, such as a peer that others load from.
   *
   * @template Value
   * @param {string} name
   * @param {() => Promise<Value>} make
   * @returns {Promise<Value>}
   */
  once(name, make) {
    const made = this.#kept.get(name) ?? make()
    this.#kept.set(name, made)
    made.catch(() => this.#kept.delete(name))
    return /** @type {Promise<Value>} */ (made)
  }

  /**
   * Measures contenders in turn, A B C A B C …: what disturbs the machine for a while disturbs all.
   * The first round warms up and is not counted.
   *
   * @template {{ name: string }} Contender
   * @param {readonly Contender[]} all the first is what the others are compared with
   * @param {(contender: Contender, open: () => Promise<Viewer>) => Promise<Record<string, number | number[]>>} measure
   *   viewers opened by `open` are closed when the sample is taken
   */
  async rounds(all, measure) {
    const contenders = all.filter(({ name }) => this.contenders.test(name))
    for (const { name } of contenders) this.#resultOf(name)
    for (let round = this.isWarm ? 0 : 1; round <= this.runs; round++)
      for (const contender of contenders) await this.#sample(contender, measure, round > 0)
  }

  /** Records one figure that needs no repeating. */
  record(contender, measure, value) {
    const { samples } = this.#resultOf(contender)
    samples[measure] ??= []
    samples[measure].push(...[value].flat())
  }

  fail(contender, why) {
    this.#resultOf(contender).failures.push(why)
  }

  /** @returns {Row[]} */
  rows() {
    const { name: scenario, measures } = this.scenario
    return [...this.#results].flatMap(([contender, { samples, failures }]) => {
      const failed = failures[0] && { failed: `${failures.length}×: ${failures[0]}` }
      if (Object.keys(samples).length === 0) {
        const [measure, { unit, digits = 1 }] = Object.entries(measures)[0]
        return [{ scenario, contender, measure, unit, digits, samples: [], ...failed }]
      }
      return Object.entries(samples).map(([measure, values]) => {
        const { unit, digits = 1, isShare = false } = measures[measure] ?? { unit: '' }
        return { scenario, contender, measure, unit, digits, isShare, samples: values, ...failed }
      })
    })
  }

  /** Closes every browser that the scenario opened. */
  async end() {
    this.#isOver = true
    await Promise.all([...this.#viewers].map(viewer => this.close(viewer)))
  }

  async #sample(contender, measure, isCounted) {
    const { samples, failures } = this.#resultOf(contender.name)
    const hasFailed = failures.length >= MAX_FAILURES && Object.keys(samples).length === 0
    if (hasFailed || this.#isOver) return
    const opened = new Set()
    const open = async options => {
      const viewer = await this.open(options)
      opened.add(viewer)
      return viewer
    }
    try {
      const limitMs = this.scenario.sampleLimitMs ?? SAMPLE_LIMIT_MS
      const values = await within(limitMs, measure(contender, open))
      process.stdout.write(isCounted ? '.' : '-')
      if (!isCounted) return
      for (const [name, value] of Object.entries(values)) this.record(contender.name, name, value)
    } catch (error) {
      if (this.#isOver) return
      process.stdout.write('x')
      failures.push(whyOf(error, opened))
    } finally {
      await Promise.all([...opened].map(viewer => this.close(viewer)))
    }
  }

  #resultOf(contender) {
    const known = this.#results.get(contender)
    if (known) return known
    const result = { samples: {}, failures: [] }
    this.#results.set(contender, result)
    return result
  }
}

/**
 * @template Value
 * @param {number} ms
 * @param {Promise<Value>} value
 * @returns {Promise<Value>}
 */
export function within(ms, value) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${Math.round(ms / 1000)} s`)), ms)
  })
  return Promise.race([value, late]).finally(() => clearTimeout(timer))
}

/** The first line of what went wrong, and the last that the page said. */
function whyOf(error, viewers) {
  const [line] = String(error?.message ?? error).split('\n')
  const said = [...viewers].map(viewer => viewer.console.at(-1)).find(Boolean)
  return said ? `${line} (the page: ${said.slice(0, 200)})` : line
}
