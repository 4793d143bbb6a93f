// Compilers' artifacts that the reader dropped on the page: which of them a contract's code was made from.
// The browser keeps them, for all chains. Knows no page, no node.
import { AbiError, parseAbi } from './abi.js'

const MOST_FILES = 20000, MOST_BYTES = 256 << 20 // of one folder
const LONGEST_CODE = 2 * 65536 // digits
const LONGEST_NAME = 200

// ---- what files say --------------------------------------------------------------------------------

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)
const textOf = (value) => typeof value === 'string' ? value.slice(0, LONGEST_NAME) : ''

/* Digits of code; '' where there is none. What a linker would fill in is left as underscores. */
function codeOf(value) {
  const text = typeof value === 'string' ? value : value?.object
  if (typeof text !== 'string' || text.length > LONGEST_CODE) return ''
  const digits = text.replace(/^0x/, '').replace(/__.{36}__|__.{38}/g, '_'.repeat(40)).toLowerCase()
  return /^[0-9a-f_]+$/.test(digits) && digits.length % 2 === 0 ? digits : ''
}

/* Where one value stands in the code, a list for each immutable; null: the file does not say. */
function immutablesOf(references) {
  if (!isObject(references)) return null
  return Object.values(references).map((places) => (Array.isArray(places) ? places : [])
    .filter((p) => Number.isSafeInteger(p?.start) && p.start >= 0 && Number.isSafeInteger(p.length) &&
      p.length > 0)
    .map(({ start, length }) => ({ start, length })))
}

function artifact(name, source, abi, code, references) {
  const digits = codeOf(code)
  if (!Array.isArray(abi) || digits === '') return null
  return { name: textOf(name), source: textOf(source), abi: JSON.stringify(abi), code: digits,
    immutables: immutablesOf(references) }
}

/* The contracts of a file of that path: an artifact of Foundry or Hardhat, or what a compiler gave for many
 * sources (build-info, --standard-json). Those without code, as interfaces, are left out; another file has
 * none. */
export function artifactsOf(path, text) {
  let json
  try {
    json = JSON.parse(text)
  } catch {
    return []
  }
  if (!isObject(json)) return []
  const contracts = json.output?.contracts ?? json.contracts
  if (isObject(contracts))
    return Object.entries(contracts).filter(([, of]) => isObject(of)).flatMap(([source, of]) =>
      Object.entries(of)
      .map(([name, c]) => artifact(name, source, c?.abi, c?.evm?.deployedBytecode,
        c?.evm?.deployedBytecode?.immutableReferences ?? {}))).filter((a) => a !== null)
  const parts = path.split('/'), target = Object.entries(json.metadata?.settings?.compilationTarget ?? {})[0]
  const name = json.contractName ?? target?.[1] ?? parts.at(-1).replace(/\.json$/, '')
  const references = json.immutableReferences ?? (isObject(json.deployedBytecode)
    ? json.deployedBytecode.immutableReferences ?? {} : null)
  const one = artifact(name, json.sourceName ?? target?.[0] ?? parts.at(-2), json.abi, json.deployedBytecode,
    references)
  return one ? [one] : []
}

// ---- comparing code --------------------------------------------------------------------------------

const PUSH32_ZERO = '7f' + '0'.repeat(64)
const LIBRARY = '73' + '0'.repeat(40) + '3014' // a library begins with its own address

/* [start, length] in digits of what was not known when the code was compiled. */
function openPlaces({ code, immutables }) {
  const places = []
  if (code.startsWith(LIBRARY)) places.push([2, 40])
  for (let at = code.indexOf('_'); at >= 0; at = code.indexOf('_', at + 40)) places.push([at, 40])
  if (immutables !== null)
    for (const { start, length } of immutables.flat()) places.push([2 * start, 2 * length])
  else // Hardhat 2 does not tell: an immutable is a PUSH32 of nothing.
    for (let at = code.indexOf(PUSH32_ZERO); at >= 0; at = code.indexOf(PUSH32_ZERO,
      at + 66)) places.push([at + 2, 64])
  return places
}

/* At its end, of that length: what the last two bytes say (Solidity, "Encoding of the Metadata Hash"). 0:
 * none. */
function metadataLength(code) {
  const length = 2 * (parseInt(code.slice(-4), 16) + 2)
  return length < code.length && /^a[1-9]/.test(code.slice(-length)) ? length : 0
}

function masked(code, places) {
  let out = '', at = 0
  for (const [start, length] of places.sort((a, b) => a[0] - b[0])) {
    if (start < at) continue
    out += code.slice(at, start) + '.'.repeat(length)
    at = start + length
  }
  return out + code.slice(at)
}

/* Whether code as it stands on a chain was made from the artifact: 'code' for all of it, 'instructions' where
 * the hash of the metadata is another (comments, paths, names of variables), null: it was not. */
export function compare(artifact, hex) {
  const code = hex.slice(2).toLowerCase(), places = openPlaces(artifact)
  if (code.length !== artifact.code.length || places.some(([start, length]) => start +
    length > code.length)) return null
  for (const of of artifact.immutables ?? []) {
    const values = new Set(of.map(({ start, length }) => code.slice(2 * start, 2 * (start + length))))
    if (values.size > 1) return null // an immutable has one value
  }
  const ours = masked(artifact.code, [...places]), theirs = masked(code, places)
  if (ours === theirs) return 'code'
  const end = metadataLength(artifact.code)
  return end > 0 && end === metadataLength(code) && ours.slice(0, -end) === theirs.slice(0, -end)
    ? 'instructions' : null
}

// ---- what is kept ----------------------------------------------------------------------------------

const all = new Map() // key → artifact, with its items
const byLength = new Map(), bySelector = new Map()
const keyOf = ({ source, name, code }) => `${source}:${name}:${code}`
const listAt = (map, key) => map.get(key) ?? map.set(key, []).get(key)

/* False where it says nothing new, or cannot be read. */
function add(a) {
  const before = all.get(keyOf(a))
  if (before) {
    if (before.immutables !== null || a.immutables === null) return false
    before.immutables = a.immutables
    return true
  }
  try {
    a.items = parseAbi(a.abi)
  } catch (error) {
    if (error instanceof AbiError) return false
    throw error
  }
  all.set(keyOf(a), a)
  listAt(byLength, a.code.length).push(a)
  for (const item of a.items) listAt(bySelector, `${item.kind} ${item.selector}`).push(item)
  return true
}

const request = (run) => new Promise((resolve, reject) => {
  run.onsuccess = () => resolve(run.result)
  run.onerror = () => reject(run.error)
})
async function store(mode) {
  const opening = indexedDB.open('ashlar', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('artifacts')
  const database = await request(opening)
  return database.transaction('artifacts', mode).objectStore('artifacts')
}

/* Once; what is kept may be anything, or closed to us: then there is none. */
export async function openArtifacts() {
  try {
    for (const { name, source, abi, code, immutables } of await request((await store('readonly')).getAll()))
      add({ name, source, abi, code, immutables })
  } catch {
    // As if there were none.
  }
}

export const artifactCount = () => all.size

export async function forgetArtifacts() {
  for (const map of [all, byLength, bySelector]) map.clear()
  await request((await store('readwrite')).clear()).catch(() => {})
}

/* {artifact, equal}: of a contract's code, the better match first; undefined: none. */
export function artifactOf(code) {
  const found = (byLength.get(code.length - 2) ?? []).map((a) => ({ artifact: a, equal: compare(a, code) }))
  return found.find(({ equal }) => equal === 'code') ?? found.find(({ equal }) => equal !== null)
}

/* Items of any artifact. */
export const artifactItems = (kind, selector) => bySelector.get(`${kind} ${selector}`) ?? []

/* [[path, File]] → how many contracts they have, new ones among them. Error where the browser keeps
 * nothing. */
export async function addArtifacts(files) {
  const found = []
  for (const [path, file] of files) found.push(...artifactsOf(path, await file.text()))
  found.sort((a, b) => (a.immutables === null) - (b.immutables === null))
  const fresh = found.filter(add)
  try {
    if (fresh.length > 0) {
      const into = await store('readwrite')
      for (const { items, ...kept } of fresh) into.put(kept, keyOf(kept))
      await new Promise((resolve, reject) => {
        into.transaction.oncomplete = resolve
        into.transaction.onerror = into.transaction.onabort = () => reject(into.transaction.error)
      })
    }
  } catch {
    throw new Error(`${fresh.length} contracts are known, but the browser has no room to keep them`)
  }
  return { contracts: new Set(found.map(keyOf)).size, fresh: fresh.length }
}

// ---- folders ---------------------------------------------------------------------------------------

const isWanted = (path) => path.endsWith('.json') && !path.endsWith('.dbg.json') &&
  !/(^|\/)node_modules\//.test(path)

/* All at once: a drop's items are gone when its event is over. [[path, File]] of what may be artifacts. */
export async function filesOf(dropped) {
  const waiting = [...dropped].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
    .map((e) => [e.name, e])
  const files = []
  while (waiting.length > 0) {
    const [path, entry] = waiting.pop()
    if (entry.isDirectory) {
      const reader = entry.createReader()
      for (let some = null; some === null || some.length > 0;) {
        some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
        waiting.push(...some.map((e) => [`${path}/${e.name}`, e]))
      }
    } else {
      files.push([path, () => new Promise((resolve, reject) => entry.file(resolve, reject))])
    }
    if (files.length + waiting.length > MOST_FILES) throw new Error(
      'the folder has too many files: drop the artifacts alone')
  }
  return wanted(await Promise.all(files.filter(([path]) => isWanted(path)).map(async ([path, open]) =>
    [path, await open()])))
}

/* The same of a chosen folder. */
export const filesOfInput = (input) =>
  wanted([...input.files].map((file) => [file.webkitRelativePath || file.name, file])
  .filter(([path]) => isWanted(path)))

function wanted(files) {
  if (files.reduce((sum, [, file]) => sum + file.size, 0) > MOST_BYTES)
    throw new Error(`the folder has more than ${MOST_BYTES >> 20} MiB of JSON: drop the artifacts alone`)
  return files
}
