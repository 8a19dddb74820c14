/** File names as text for a terminal: a name may hold line breaks and escape sequences. */

export const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, each => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
