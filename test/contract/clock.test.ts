import { VirtualClock } from '../../sim/clock.js'
import { clockOf } from '../../src/engine/clock.js'
import { clockContract } from './clock.js'

clockContract('the clock of Node', () => ({
  clock: clockOf(globalThis),
  pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
}))

clockContract('the virtual clock', () => {
  const clock = new VirtualClock()
  return { clock, pass: async ms => clock.run(clock.nowMs() + ms) }
})
