/** The attacks that cost a viewer something once, by a peer of another make; all of them are in `test/hostile`. */

import { QUICK } from '../hostile/attacks.js'
import { besiegeWith } from '../hostile/suite.js'

besiegeWith(QUICK)
