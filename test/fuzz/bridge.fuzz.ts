import { bridge } from './bridge.js'
import { fuzz } from './run-long.js'

fuzz('bridge', bridge)
