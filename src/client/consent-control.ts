/**
 * Asks whether this browser may be connected to other viewers, for sites without a dialog of their own.
 * It leaves the focus where it is, and uses no inline CSS, which a strict policy forbids.
 */

const STYLE = `
:host { all: initial }
section {
  position: fixed; inset: auto 1rem 1rem auto; z-index: 2147483647; max-width: min(22rem, 100vw - 2rem);
  box-sizing: border-box; padding: 1rem; border: 1px solid; border-radius: .5rem;
  background: Canvas; color: CanvasText; color-scheme: light dark; font: 1rem/1.4 system-ui, sans-serif;
}
p { margin: 0 0 .75rem }
button { font: inherit; padding: .4rem .9rem; margin-inline-end: .5rem }
`

const SEEN = 'They, and the server that introduces you, can see your IP address.'

const QUESTIONS = {
  video:
    'Share this video with other viewers while you watch? Parts of it then come from them and go to ' +
    `them. ${SEEN}`,
  file: `Give this file to everybody who has its link? Your browser connects to theirs. ${SEEN}`,
}

/** What is to be shared. */
export type Asked = keyof typeof QUESTIONS

let shown: HTMLElement | undefined

/** Shows the question, unless it is shown already, until it is answered. */
export function showConsentControl(what: Asked, decide: (isGiven: boolean) => void): void {
  if (shown?.isConnected) return
  const host = document.createElement('swarmtag-consent')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  const section = make('section')
  section.setAttribute('role', 'region')
  section.setAttribute('aria-label', 'Sharing')
  section.setAttribute('aria-live', 'polite')
  root.append(section)
  document.body.append(host)
  shown = host
  const answer = (text: string, isGiven: boolean) => {
    const button = make('button', text)
    button.addEventListener('click', () => {
      host.remove()
      decide(isGiven)
    })
    return button
  }
  // Screen readers announce what is added to a live region that is in the document.
  section.append(make('p', QUESTIONS[what]), answer('Share', true), answer("Don't share", false))
}

function make(name: string, text = ''): HTMLElement {
  const element = document.createElement(name)
  element.textContent = text
  return element
}
