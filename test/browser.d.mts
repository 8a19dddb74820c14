/** The browser to start, or nothing for Playwright's own. */
export function findChromium(): string | undefined
