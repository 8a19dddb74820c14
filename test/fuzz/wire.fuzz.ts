import { fuzz } from './run-long.js'
import { wire } from './wire.js'

fuzz('wire', wire)
