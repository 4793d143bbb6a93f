// The contract ABI (Solidity's specification of it): types, signatures, encoding, decoding. Knows no page, no
// node. A type is {kind, name, …}: numbers have bits, fixedBytes has size, an array has element and length
// (-1: dynamic), a tuple has fields. What is decoded comes from contracts, so it is taken as hostile: every
// length is checked.
import { keccakText } from './keccak.js'

export class AbiError extends Error {}
const fail = (text) => { throw new AbiError(text) }

const MOST_VALUES = 20000

/* Of a parameter of the ABI's JSON. */
export function typeOf(parameter) {
  const text = parameter?.type
  if (typeof text !== 'string') fail('a parameter without a type')
  const name = typeof parameter.name === 'string' ? parameter.name : ''
  const array = /^(.*)\[(\d*)\]$/.exec(text)
  if (array) {
    const length = array[2] === '' ? -1 : Number(array[2])
    return { kind: 'array', name, element: typeOf({ ...parameter, name: '', type: array[1] }), length }
  }
  if (text === 'tuple') {
    if (!Array.isArray(parameter.components)) fail('a tuple without components')
    return { kind: 'tuple', name, fields: parameter.components.map(typeOf) }
  }
  const number = /^(u?int)(\d*)$/.exec(text)
  if (number) {
    const bits = Number(number[2] || 256)
    if (bits % 8 !== 0 || bits < 8 || bits > 256) fail(`there is no type ${text}`)
    return { kind: number[1], name, bits }
  }
  const fixed = /^bytes(\d+)$/.exec(text)
  if (fixed && fixed[1] >= 1 && fixed[1] <= 32) return { kind: 'fixedBytes', name, size: Number(fixed[1]) }
  if (text === 'function') return { kind: 'fixedBytes', name, size: 24, isFunction: true }
  if (!['address', 'bool', 'bytes', 'string'].includes(text)) fail(`there is no type ${text}`)
  return { kind: text, name }
}

export function typeText(type) {
  switch (type.kind) {
    case 'array': return `${typeText(type.element)}[${type.length < 0 ? '' : type.length}]`
    case 'tuple': return `(${type.fields.map(typeText).join(',')})`
    case 'fixedBytes': return type.isFunction ? 'function' : `bytes${type.size}`
    case 'int': case 'uint': return type.kind + type.bits
    default: return type.kind
  }
}

/* {kind, name, inputs, outputs, signature, selector, mutability} of an item of the ABI's JSON. */
export function itemOf(item) {
  const inputs = (item.inputs ?? []).map((p) => ({ ...typeOf(p), indexed: p.indexed === true }))
  const outputs = (item.outputs ?? []).map(typeOf)
  const signature = `${item.name}(${inputs.map(typeText).join(',')})`
  const hash = keccakText(signature)
  return {
    kind: item.type ?? 'function', name: String(item.name), inputs, outputs, signature,
    selector: item.type === 'event' ? hash : hash.slice(0, 10),
    mutability: item.stateMutability ?? (item.constant ? 'view' : 'nonpayable'),
    anonymous: item.anonymous === true,
  }
}

/* Functions, events and errors of the text of an ABI, or of a compiler's artifact that has one as its
 * `abi`. */
export function parseAbi(text) {
  let json
  try {
    json = JSON.parse(text)
  } catch (error) {
    fail(`this is not JSON: ${error.message}`)
  }
  const list = Array.isArray(json) ? json : json?.abi
  if (!Array.isArray(list)) fail('an ABI is a JSON array, or an object with one as its "abi"')
  const items = list.filter((i) => ['function', 'event', 'error'].includes(i?.type ?? 'function'))
    .map((i) => {
    if (typeof i?.name !== 'string' ||
      !/^[A-Za-z_$][\w$]*$/.test(i.name)) fail('an item of the ABI has no name')
    return itemOf(i)
  })
  if (items.length === 0) fail('the ABI has no function, event or error')
  return items
}

/* "function transfer(address to, uint256 amount) view returns (bool)", with simple types, as an item. */
export function parseLine(line) {
  const parts = /^(function|event|error) (\w+)\(([^)]*)\)( view| payable)?(?: returns \(([^)]*)\))?$/.exec(
    line)
  const parameters = (text) => (text ? text.split(', ') : []).map((p) => {
    const words = p.split(' ')
    return { type: words[0], indexed: words[1] === 'indexed', name: words.length > 1 ? words.at(-1) : '' }
  })
  return itemOf({ type: parts[1], name: parts[2], inputs: parameters(parts[3]), outputs: parameters(parts[5]),
    stateMutability: parts[4]?.trim() ?? 'nonpayable' })
}

/* "transfer(address,uint256)", tuples in parentheses, as an item without names of values. */
export function parseSignature(text) {
  let at = text.indexOf('(')
  const name = text.slice(0, at)
  const list = () => {
    const types = []
    at++
    while (text[at] !== ')') {
      if (at >= text.length) fail('a signature without an end')
      if (text[at] === ',') at++
      const components = text[at] === '(' ? list() : undefined, from = at
      while (at < text.length && !',()'.includes(text[at])) at++
      types.push({ type: (components ? 'tuple' : '') + text.slice(from, at), components })
    }
    at++
    return types
  }
  return itemOf({ type: 'function', name, inputs: list(), stateMutability: 'unknown' })
}

// ---- bytes -----------------------------------------------------------------------------------------

function bytesOf(hex) {
  if (!/^0x([0-9a-f]{2})*$/i.test(hex)) fail('not hexadecimal: ' + String(hex).slice(0, 80))
  return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16))
}
const hexOf = (bytes) => '0x' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

// ---- decoding --------------------------------------------------------------------------------------

const isDynamic = (type) => type.kind === 'bytes' || type.kind === 'string' ||
  (type.kind === 'array' && (type.length < 0 || isDynamic(type.element))) ||
  (type.kind === 'tuple' && type.fields.some(isDynamic))

function headBytes(type) {
  if (isDynamic(type)) return 32
  if (type.kind === 'array') return type.length * headBytes(type.element)
  if (type.kind === 'tuple') return type.fields.reduce((sum, field) => sum + headBytes(field), 0)
  return 32
}

const wordAt = (data, at) => at + 32 <= data.length ? BigInt(hexOf(data.subarray(at, at + 32)))
  : fail('the data is too short')

/* A length or an offset: beyond what there is, it is refused. */
function sizeAt(data, at) {
  const value = wordAt(data, at)
  return value <= BigInt(data.length) ? Number(value) : fail('a length or an offset beyond the data')
}

function decodeWord(type, word) {
  switch (type.kind) {
    case 'uint': return word >> BigInt(type.bits) ? fail('a number too large') : word
    case 'int': {
      const value = BigInt.asIntN(256, word)
      return BigInt.asIntN(type.bits, value) === value ? value : fail('a number too large')
    }
    case 'bool': return word > 1n ? fail('neither true nor false') : word === 1n
    case 'address': return word >> 160n ? fail('not an address') : '0x' + word.toString(16).padStart(40, '0')
    case 'fixedBytes': {
      const text = word.toString(16).padStart(64, '0')
      return /^0*$/.test(text.slice(2 * type.size)) ? '0x' + text.slice(0, 2 * type.size)
        : fail('bytes too many')
    }
  }
}

function decodeSequence(types, data, base, budget) {
  let at = base
  return types.map((type) => {
    const head = at
    at += headBytes(type)
    if (!isDynamic(type)) return decodeAt(type, data, head, budget)
    const start = base + sizeAt(data, head)
    return start <= data.length ? decodeAt(type, data, start, budget) : fail('an offset beyond the data')
  })
}

function decodeAt(type, data, at, budget) {
  if (++budget.used > MOST_VALUES) fail('too many values')
  if (type.kind === 'tuple') return decodeSequence(type.fields, data, at, budget)
  if (type.kind === 'array') {
    const length = type.length < 0 ? sizeAt(data, at) : type.length
    if (length > MOST_VALUES) fail('too many values')
    return decodeSequence(Array(length).fill(type.element), data, type.length < 0 ? at + 32 : at, budget)
  }
  if (type.kind !== 'bytes' && type.kind !== 'string') return decodeWord(type, wordAt(data, at))
  const size = sizeAt(data, at)
  if (at + 32 + size > data.length) fail('the data is too short')
  const bytes = data.subarray(at + 32, at + 32 + size)
  return type.kind === 'bytes' ? hexOf(bytes) : new TextDecoder().decode(bytes)
}

/* Values of these types: bigint, boolean, string (text, or hex of bytes and addresses), arrays (tuples
 * too). */
export function decode(types, data) {
  return decodeSequence(types, data, 0, { used: 0 })
}

/* [{type, value}] of a call's or an error's data; AbiError where it is not of this item. */
export function decodeCall(item, hex) {
  if (hex.slice(0, 10).toLowerCase() !== item.selector) fail('another selector')
  const values = decode(item.inputs, bytesOf('0x' + hex.slice(10)))
  return item.inputs.map((type, i) => ({ type, value: values[i] }))
}

export function decodeOutput(item, hex) {
  const values = decode(item.outputs, bytesOf(hex))
  return item.outputs.map((type, i) => ({ type, value: values[i] }))
}

/* The same of a log. Of an indexed string, array or tuple there is the hash alone. */
export function decodeLog(item, topics, data) {
  const rest = item.anonymous ? [...topics] : topics.slice(1)
  if (!item.anonymous && topics[0] !== item.selector) fail('another event')
  if (rest.length !== item.inputs.filter((type) => type.indexed)
    .length) fail('another number of indexed values')
  const values = decode(item.inputs.filter((type) => !type.indexed), bytesOf(data))
  return item.inputs.map((type) => {
    if (!type.indexed) return { type, value: values.shift() }
    const topic = rest.shift()
    const isHashed = isDynamic(type) || type.kind === 'array' || type.kind === 'tuple'
    return { type, isHashed, value: isHashed ? topic : decodeWord(type, BigInt(topic)) }
  })
}

// ---- encoding --------------------------------------------------------------------------------------

const wordOf = (value) => BigInt.asUintN(256, value).toString(16).padStart(64, '0')
const padded = (digits) => digits.padEnd(Math.ceil(digits.length / 64) * 64, '0')

function encodeSequence(types, values) {
  if (types.length !== values.length) fail(`${types.length} values are needed, not ${values.length}`)
  const parts = types.map((type, i) => encodeOne(type, values[i]))
  let offset = types.reduce((sum, type) => sum + headBytes(type), 0), head = '', tail = ''
  types.forEach((type, i) => {
    if (!isDynamic(type)) {
      head += parts[i]
    } else {
      head += wordOf(BigInt(offset + tail.length / 2))
      tail += parts[i]
    }
  })
  return head + tail
}

function encodeOne(type, value) {
  switch (type.kind) {
    case 'tuple': return encodeSequence(type.fields, value)
    case 'array': {
      if (type.length >= 0 && value.length !== type.length) fail(
        `an array of ${type.length} values is needed`)
      const items = encodeSequence(value.map(() => type.element), value)
      return type.length < 0 ? wordOf(BigInt(value.length)) + items : items
    }
    case 'bytes': return wordOf(BigInt((value.length - 2) / 2)) + padded(value.slice(2))
    case 'string': {
      const bytes = new TextEncoder().encode(value)
      return wordOf(BigInt(bytes.length)) + padded(hexOf(bytes).slice(2))
    }
    case 'fixedBytes': return value.slice(2).padEnd(64, '0')
    case 'bool': return wordOf(value ? 1n : 0n)
    default: return wordOf(BigInt(value))
  }
}

/* Hex of a call. Values as decode gives them. */
export const encodeCall = (item, values) => item.selector + encodeSequence(item.inputs, values)

/* What somebody typed into a form as a value of the type; AbiError says what is wrong. Arrays and tuples are
 * JSON. */
export function parseValue(type, given) {
  const text = typeof given === 'string' ? given.trim() : given
  const label = typeText(type)
  const is = (pattern) => typeof text === 'string' && pattern.test(text)
  switch (type.kind) {
    case 'int': case 'uint': {
      const digits = String(text)
      if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(digits) || (typeof text === 'number' && !Number.isSafeInteger(text)))
        fail(`${label}: a whole number is needed (large ones in an array as text)`)
      const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits)
      const fits = type.kind === 'uint' ? BigInt.asUintN(type.bits, value) : BigInt.asIntN(type.bits, value)
      return fits === value ? value : fail(`${label}: the number does not fit`)
    }
    case 'bool':
      return text === true || is(/^(true|1)$/i) ? true : text === false || is(/^(false|0)$/i) ? false
        : fail(`${label}: true or false is needed`)
    case 'address': return is(/^0x[0-9a-f]{40}$/i) ? text
      : fail(`${label}: 0x and 40 hexadecimal digits are needed`)
    case 'bytes': return is(/^0x([0-9a-f]{2})*$/i) ? text
      : fail(`${label}: 0x and pairs of hexadecimal digits are needed`)
    case 'fixedBytes':
      return is(/^0x([0-9a-f]{2})*$/i) && text.length === 2 + 2 * type.size ? text
        : fail(`${label}: 0x and ${2 * type.size} hexadecimal digits are needed`)
    case 'string': return String(given)
  }
  let list = given
  if (typeof given === 'string')
    try {
      list = JSON.parse(given)
    } catch {
      fail(`${label}: a JSON array is needed, like ["0x12", 3]`)
    }
  if (type.kind === 'tuple' && list && !Array.isArray(list)) list = type.fields.map((field) =>
    list[field.name])
  if (!Array.isArray(list)) fail(`${label}: a JSON array is needed`)
  if (type.kind === 'tuple' && list.length !== type.fields.length)
    fail(`${label}: ${type.fields.length} values are needed`)
  return list.map((item, i) => parseValue(type.kind === 'tuple' ? type.fields[i] : type.element, item))
}
