// Puts the link of a share on the clipboard.

const THANKS_MS = 1600

export function enableLinkCopy() {
  const field = document.getElementById('link')
  const button = document.getElementById('copy')
  if (!(field instanceof HTMLInputElement) || !button) return
  field.addEventListener('focus', () => field.select())
  // Missing where the page is neither https nor loopback: then it is selected, for the keyboard.
  const copy = async () => navigator.clipboard?.writeText(field.value)
  button.addEventListener('click', async () => {
    field.select()
    await copy().catch(() => {})
    const label = button.textContent
    if (label === 'Copied') return
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = label
    }, THANKS_MS)
  })
}
