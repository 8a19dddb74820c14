// Recent speeds as a small area in SVG: it takes its colour from the style sheet and its size from the layout.

const WIDTH = 120
const HEIGHT = 28

/**
 * @param {SVGSVGElement} svg - holds one `path.line` and one `path.area`
 * @param {number[]} values - oldest first
 * @param {number} top - the value at the upper edge, shared by lines that are to be compared
 * @param {number} slots - how many values fill the width
 */
export function drawSparkline(svg, values, top, slots) {
  const step = WIDTH / (slots - 1)
  const firstX = WIDTH - (values.length - 1) * step
  const points = values.map((value, i) => {
    const y = HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 3)
    return `${(firstX + i * step).toFixed(1)},${y.toFixed(1)}`
  })
  const line = points.length > 1 ? `M${points.join('L')}` : ''
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
  svg.querySelector('.line')?.setAttribute('d', line)
  svg
    .querySelector('.area')
    ?.setAttribute('d', line && `${line}L${WIDTH},${HEIGHT}L${firstX.toFixed(1)},${HEIGHT}Z`)
}
