// How things are shown. Text goes into the page as text nodes and attributes alone: what contracts say is
// hostile.
import { checksumAddress } from './keccak.js'
import { typeText } from './abi.js'
import { labelOf } from './labels.js'

/* An element. Attributes: on… is a listener; false and null are left out. Children: nodes, text, lists of
 * them. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag)
  fill(element, attributes, children)
  return element
}

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  fill(element, attributes, children)
  return element
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false))
}

// ---- numbers and times -----------------------------------------------------------------------------

export const count = (value) => BigInt(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')

/* With `decimals` after the point, of which the first `most` are shown; ends of zeros dropped. */
export function decimal(value, decimals, most = decimals) {
  const digits = BigInt(value).toString().padStart(decimals + 1, '0'), point = digits.length - decimals
  const rest = digits.slice(point, point + most).replace(/0+$/, '')
  return count(digits.slice(0, point)) + (rest && `.${rest}`)
}

/* What would be shown as nothing is shown in wei. */
const amount = (wei, decimals, most, unit) =>
  BigInt(wei) > 0n && BigInt(wei) < 10n ** BigInt(decimals - most) ? `${count(wei)} wei`
    : `${decimal(wei, decimals, most)} ${unit}`
export const ether = (wei, most = 18) => amount(wei, 18, most, 'ETH')
export const gwei = (wei) => amount(wei, 9, 4, 'gwei')
export const percent = (part, whole) =>
  BigInt(whole) === 0n ? 0 : Number(BigInt(part) * 1000n / BigInt(whole)) / 10

export const plural = (n, one, many = one + 's') => `${count(n)} ${BigInt(n) === 1n ? one : many}`

/* "45 s", "3 min", "12 h", "400 d". */
export const duration = (seconds) => seconds < 60 ? `${seconds} s` : seconds < 3600
  ? `${Math.floor(seconds / 60)} min`
  : seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${count(Math.floor(seconds / 86400))} d`

function ago(seconds) {
  const past = Math.floor(Date.now() / 1000 - seconds), span = Math.abs(past), text = duration(span)
  // Blocks sealed at once, one for each transaction, run ahead of the clock.
  return span < 2 ? 'just now' : past < 0 ? `in ${text}` : `${text} ago`
}

export function time(timestamp) {
  const seconds = Number(timestamp)
  if (seconds === 0) return h('span', {}, 'genesis')
  const date = new Date(seconds * 1000)
  const iso = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  return h('time', { datetime: iso, title: iso.replace('T', ' ').replace('.000Z', ' UTC'),
    'data-seconds': seconds }, ago(seconds))
}
setInterval(() => {
  for (const element of document.querySelectorAll('time[data-seconds]'))
    element.textContent = ago(element.dataset.seconds)
}, 1000)

export function exactTime(timestamp) {
  const element = time(timestamp)
  return element.title ? [element.title, ' (', element, ')'] : element
}

// ---- names of things -------------------------------------------------------------------------------

const short = (hex, head, tail) => `${hex.slice(0, 2 + head)}…${hex.slice(-tail)}`
export const shortHash = (hash) => short(hash, 8, 6)

export function copyButton(text) {
  const copy = async (event) => {
    const button = event.currentTarget
    await navigator.clipboard?.writeText(text).then(() => {
      button.classList.add('done')
      setTimeout(() => button.classList.remove('done'), 1200)
    }, () => {})
  }
  return h('button', { class: 'copy', type: 'button', 'aria-label': 'Copy', title: 'Copy', onclick: copy })
}

export const blockLink = (number) => h('a', { href: `#/block/${BigInt(number)}` }, count(number))
export const hashLink = (hash, isFull) =>
  h('a', { class: 'mono', href: `#/tx/${hash}`, title: isFull ? null : hash }, isFull ? hash
  : shortHash(hash))
export const mono = (text) => h('span', { class: 'mono' }, text)

/* A pattern of stones that an address is known by at a glance. */
function emblem(address) {
  const digits = [...address.slice(2)].map((digit) => parseInt(digit, 16))
  const hue = (digits[0] * 16 + digits[1]) * 360 / 256
  const stones = []
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 4; column++) {
      const digit = digits[8 + 4 * row + column]
      stones.push(svg('rect', { x: column * 4, y: row * 4, width: 3.5, height: 3.5, rx: 0.6,
        fill: `hsl(${(hue + (digit & 3) * 18) % 360} 45% ${38 + (digit >> 2) * 10}%)` }))
    }
  return svg('svg', { class: 'emblem', viewBox: '0 0 15.5 15.5', 'aria-hidden': 'true' }, stones)
}

/* By its label where it has one; `isFull`: the whole address, and the label beside it. */
export function addressLink(address, isFull) {
  const text = checksumAddress(address), label = labelOf(address)
  return h('a', { class: 'address mono', href: `#/address/${text}`, title: isFull ? null : text },
    emblem(address.toLowerCase()), h('span', { class: label && !isFull && 'label' },
      isFull ? text : label ? foreign(label) : short(text, 6, 4)),
    isFull && label && badge(foreign(label)))
}

/* What somebody else wrote: a name, a string. Its direction cannot reach beyond it. */
const LONGEST_TEXT = 4000
export function foreign(text, most = LONGEST_TEXT) {
  return h('bdi', { class: 'foreign' },
    text.length > most ? `${text.slice(0, most)}… (${count(text.length)} characters)` : text)
}

export const faint = (...content) => h('span', { class: 'faint' }, content)
export const plainList = (items) => h('ul', { class: 'plain' }, items.map((content) => h('li', {}, content)))
export const badge = (text, kind) => h('span', { class: `badge ${kind ?? ''}` }, text)

/* Bytes as far as they are read; the rest is one press away. */
export function hexView(hex, most = 2048) {
  if (hex === '0x') return h('span', { class: 'faint' }, 'none')
  const view = h('pre', { class: 'hex', tabindex: 0 }, hex.slice(0, 2 + 2 * most))
  if (hex.length <= 2 + 2 * most) return h('div', { class: 'hexbox' }, view, copyButton(hex))
  const more = h('button', { type: 'button', onclick: () => { view.textContent = hex; more.remove() } },
    `Show all ${count((hex.length - 2) / 2)} bytes`)
  return h('div', { class: 'hexbox' }, view, copyButton(hex), more)
}

// ---- larger parts ----------------------------------------------------------------------------------

export const card = (title, ...content) => h('section', { class: 'card' }, title && h('h2', {}, title),
  content)

/* Pairs of a name and what to show; those without are left out. */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter((p) => p && p[1] !== null && p[1] !== undefined &&
    p[1] !== false)
    .map(([name, ...value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
}

/* Columns: [title, class]; rows: lists of cells. "wide" columns are left out where there is no room. */
export function table(columns, rows, empty) {
  if (rows.length === 0) return h('p', { class: 'empty' }, empty)
  return h('div', { class: 'scroll' }, h('table', {},
    h('thead', {}, h('tr', {}, columns.map(([title, kind]) => h('th', { class: kind, scope: 'col' },
    title)))),
    h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((cell, i) =>
      h('td', { class: columns[i][1], 'data-title': columns[i][0] }, cell)))))))
}

export function meter(share, label) {
  return h('span', { class: 'meter', title: label },
    svg('svg', { viewBox: '0 0 100 4', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
      svg('rect', { class: 'track', width: 100, height: 4, rx: 2 }),
      svg('rect', { class: 'fill', width: share > 0 ? Math.max(1.5, Math.min(100, share)) : 0, height: 4,
        rx: 2 })))
}

export const failure = (error) => h('p', { class: 'failure', role: 'alert' },
  foreign(String(error?.message ?? error), 600))

/* Sections of which one is shown: [title, () => node or a promise of one]. */
export function tabs(items, first = 0) {
  const panel = h('div', { class: 'panel', role: 'tabpanel' })
  const buttons = items.map(([title, make], i) => h('button', { type: 'button', role: 'tab',
    'aria-selected': 'false',
    tabindex: -1, onclick: () => choose(i), onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (!step) return
      const next = (i + step + items.length) % items.length
      choose(next)
      buttons[next].focus()
    } }, title))
  async function choose(index) {
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === index))
      button.tabIndex = i === index ? 0 : -1
    })
    panel.replaceChildren(h('p', { class: 'loading' }, 'Loading…'))
    try {
      const content = await items[index][1]()
      if (buttons[index].getAttribute('aria-selected') === 'true') panel.replaceChildren(content)
    } catch (error) {
      panel.replaceChildren(failure(error))
    }
  }
  choose(first)
  return h('section', { class: 'card tabs' }, h('div', { class: 'tablist', role: 'tablist' }, buttons), panel)
}

/* A list in pages, all of it at hand. */
export function paged(items, perPage, show) {
  const box = h('div', {})
  const turn = (page) => {
    const last = Math.max(0, Math.ceil(items.length / perPage) - 1)
    box.replaceChildren(show(items.slice(page * perPage, (page + 1) * perPage)), last === 0 ? '' : pager(
      h('button', { type: 'button', disabled: page === 0, onclick: () => turn(page - 1) }, '‹ Previous'),
      h('span', {}, `Page ${page + 1} of ${last + 1}`),
      h('button', { type: 'button', disabled: page === last, onclick: () => turn(page + 1) }, 'Next ›')))
  }
  turn(0)
  return box
}

export const pagerLink = (text, href) =>
  href ? h('a', { href }, text) : h('span', { class: 'faint', 'aria-disabled': 'true' }, text)
export const pager = (...links) => h('nav', { class: 'pager', 'aria-label': 'Pages' }, links)

/* Asks for more; where that fails, says so. */
export function moreButton(box, further, note) {
  const button = h('button', { type: 'button', onclick: async () => {
    button.disabled = true
    try {
      await further()
    } catch (error) {
      button.disabled = false
      box.append(failure(error))
    }
  } }, 'Look further back')
  return h('p', { class: 'more' }, button, ' ', h('span', { class: 'faint' }, note))
}

// ---- decoded values --------------------------------------------------------------------------------

export function valueView({ type, value, isHashed }) {
  if (isHashed) return [mono(value), ' ', h('span', { class: 'faint' }, '(hash of the value)')]
  switch (type.kind) {
    case 'address': return addressLink(value, true)
    case 'int': case 'uint':
      return h('span', { class: 'mono', title: value >= 0n ? '0x' + value.toString(16) : null }, count(value))
    case 'bool': return mono(String(value))
    case 'string': return value === '' ? h('span', { class: 'faint' }, 'empty') : foreign(value)
    case 'bytes': return hexView(value, 256)
    case 'fixedBytes': return mono(value)
    case 'tuple': return valuesTable(type.fields.map((field, i) => ({ type: field, value: value[i] })))
  }
  if (value.length === 0) return h('span', { class: 'faint' }, 'empty')
  return h('ol', { class: 'values', start: 0 }, value.slice(0, 200).map((v) =>
    h('li', {}, valueView({ type: type.element, value: v }))),
    value.length > 200 && h('li', { class: 'faint' }, `… ${count(value.length)} in all`))
}

/* Of parameters: name, type, value. */
export function valuesTable(values) {
  if (values.length === 0) return h('span', { class: 'faint' }, 'no values')
  return h('dl', { class: 'values' }, values.map((v, i) => h('div', {},
    h('dt', {}, h('span', { class: 'name' }, v.type.name || `[${i}]`), ' ', h('span', { class: 'type' },
      typeText(v.type)),
      v.type.indexed && h('span', { class: 'type' }, ' indexed')),
    h('dd', {}, valueView(v)))))
}
