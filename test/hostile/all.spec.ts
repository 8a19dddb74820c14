/** Every attack, one after the other: `npm run hostile`. */

import { ATTACKS } from './attacks.js'
import { besiegeWith } from './suite.js'

besiegeWith(Object.keys(ATTACKS))
