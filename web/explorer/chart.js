// Bars over the latest blocks, as SVG that stretches with the page; what it says in words stands beside it.
import { faint, h, svg } from './dom.js'

const HEIGHT = 100
const FAR_BEYOND = 20 // times the middle one

/* {top, middle}: a scale on which most can be told apart. What lies far beyond the others, after the clock
 * was set for example, is not to make them vanish; `top` is the greatest of the rest. */
export function scaleOf(values) {
  if (values.length === 0) return { top: 1, middle: 0 }
  const sorted = [...values].sort((a, b) => a - b), middle = sorted[Math.floor((sorted.length - 1) / 2)]
  const usual = sorted.filter((value) => value <= FAR_BEYOND * Math.max(1, middle))
  return { top: Math.max(1, usual.at(-1) ?? 1), middle }
}

/* bars: [{number, value, label}], oldest first; `top`: the value of full height. What is beyond is a broken
 * bar. */
export function barChart(title, note, bars, top, kind) {
  const slot = 10, width = Math.max(bars.length, 1) * slot
  const marks = bars.map(({ number, value, label }, i) => {
    const height = top > 0 ? Math.min(HEIGHT, value / top * HEIGHT) : 0
    return svg('a', { href: `#/block/${number}`, tabindex: -1 }, svg('title', {}, label),
      svg('rect', { class: 'hit', x: i * slot, y: 0, width: slot, height: HEIGHT }),
      svg('rect', { class: value > top ? 'bar beyond' : 'bar', x: i * slot + 1.5, y: HEIGHT - Math.max(height,
        1), width: slot - 3,
        height: Math.max(height, 1) }),
      value > top && svg('rect', { class: 'break', x: i * slot + 0.5, y: 18, width: slot - 1, height: 6 }))
  })
  return h('figure', { class: `chart ${kind}` },
    h('figcaption', {}, h('span', {}, title), faint(note)),
    svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img',
      'aria-label': `${title}: ${note}` },
      [0.25, 0.5, 0.75].map((at) => svg('line', { class: 'grid', x1: 0, x2: width, y1: at * HEIGHT,
        y2: at * HEIGHT })), marks))
}
