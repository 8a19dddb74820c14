import { fuzz } from './run-long.js'
import { scheduler } from './scheduler.js'

// A world is a film with up to ten peers from end to end, twice.
fuzz('scheduler', scheduler, { inputs: 1_000, mostMs: 10_000 })
