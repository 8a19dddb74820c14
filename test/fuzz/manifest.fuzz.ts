import { manifest } from './manifest.js'
import { fuzz } from './run-long.js'

fuzz('manifest', manifest)
