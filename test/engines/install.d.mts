/** The path of what the engines' tests need; throws where it is not there. */
export function pathOf(
  part: 'chromium' | 'firefox' | 'webKitDriver' | 'miniBrowser' | 'display' | 'decoders',
): string
