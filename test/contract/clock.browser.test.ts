import { clockOf } from '../../src/engine/clock.js'
import { clockContract } from './clock.js'

clockContract('the clock of a page', () => ({
  clock: clockOf(globalThis),
  pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
}))
