import { range } from './range.js'
import { fuzz } from './run-long.js'

fuzz('range', range)
