// Puts a snippet's text on the clipboard.

const THANKS_MS = 1600

/** @param {HTMLButtonElement} button - names the element to copy in `data-copy` */
export function enableCopy(button) {
  const source = document.getElementById(button.dataset.copy ?? '')
  // Missing where the page is neither https nor loopback.
  if (!source || !navigator.clipboard) return
  const label = button.textContent
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.textContent.trim())
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = label
    }, THANKS_MS)
  })
}
