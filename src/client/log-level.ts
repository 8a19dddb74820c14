/** The log level set for this browser, whatever the site says. */

import { isLogLevel, type LogLevel } from '../log/log.js'

export function wantedLogLevel(): LogLevel | undefined {
  try {
    const level = localStorage.getItem('swarmtag:debug')
    return isLogLevel(level) ? level : undefined
  } catch {
    // Storage is forbidden.
    return undefined
  }
}
