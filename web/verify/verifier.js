// Verifies proofs of Ashlar with libashlar_verify as WebAssembly (src/library). Each file gets an instance of its own: no
// file finds anything of another in its memory. Runs in Node.js, in browsers and in their workers, and asks nobody.
import { chains } from './chains.js'
import { outputOf } from './output.js'

/* By number, as ashlar_verify.h has them. */
const VERDICTS = { 0: 'VERIFIED', 1: 'MALFORMED', 2: 'OTHER_VERSION', 3: 'OTHER_PROGRAM', 4: 'SHAPE', 5: 'CHAIN',
  6: 'GRINDING', 7: 'BUS', 8: 'CONSTRAINTS', 9: 'OPENING', 10: 'FOLDING', 11: 'STATEMENT', 32: 'ID_MALFORMED' }
const VERIFIED = 0, OTHER_PROGRAM = 3, ID_MALFORMED = 32
const NAMES = ['block', 'batch', 'stateless']
const PAGE = 65536, HEAD_BYTES = 65536, ID_BYTES = 32, LIMIT_BYTES = 2 ** 30
// Where things lie behind the module's own data: what a call is given, a statement, then the file, then the scratch.
const SIZE = 0, EXPECTED = 16, ID = 32, JOINER = 64, NAME = 96, STATEMENT = 128, FILE = 224
const UNHELD = 'the proof holds, but its block was not held against its parent: pre-state root, number, timestamp, ' +
  'gas limit, base fee and blob gas are what the prover says'

const hex = (bytes) => '0x' + Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

function idOf(text, option, names) {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) throw new TypeError(`${option} is ${names} or an id of 64 hex digits`)
  return Uint8Array.from(text.slice(-64).match(/../g), (byte) => parseInt(byte, 16))
}

/* The bytes of what can be verified, piece by piece, and how many they are, where that is known. */
function piecesOf(source) {
  if (source instanceof ArrayBuffer) source = new Uint8Array(source)
  if (ArrayBuffer.isView(source)) {
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    return { size: bytes.length, pieces: [bytes] }
  }
  if (typeof Blob !== 'undefined' && source instanceof Blob) return { size: source.size, pieces: streamed(source.stream()) }
  if (typeof Response !== 'undefined' && source instanceof Response) {
    if (!source.ok || source.body === null) throw new Error(`there is no proof: HTTP ${source.status}`)
    // What other origins hide of the headers may be that the bytes come compressed.
    const isShown = source.type !== 'cors' && source.headers.get('content-encoding') === null
    const length = isShown && source.headers.get('content-length')
    return { size: length ? Number(length) : null, pieces: streamed(source.body) }
  }
  if (typeof source?.getReader === 'function') return { size: null, pieces: streamed(source) }
  if (typeof source?.[Symbol.asyncIterator] === 'function') return { size: null, pieces: source }
  throw new TypeError('a proof is given as bytes, a Blob, a Response or a stream')
}

async function* streamed(stream) {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {}) // what is refused early is not read on
  }
}

/* One instance, and the memory behind its own. */
class Instance {
  constructor(module) {
    this.calls = new WebAssembly.Instance(module).exports
    this.base = Math.ceil(this.calls.__heap_base.value / 16) * 16
    this.reach(this.base + FILE)
  }

  reach(end) {
    const missing = Math.ceil((end - this.calls.memory.buffer.byteLength) / PAGE)
    if (missing > 0) this.calls.memory.grow(missing)
  }

  bytes(at, size) { return new Uint8Array(this.calls.memory.buffer, at, size) }
  word(at) { return new DataView(this.calls.memory.buffer).getUint32(at, true) }

  text(at) {
    const all = new Uint8Array(this.calls.memory.buffer)
    return new TextDecoder().decode(all.slice(at, all.indexOf(0, at)))
  }

  programId(name) {
    const given = this.bytes(this.base + NAME, 32).fill(0)
    given.set(new TextEncoder().encode(name).slice(0, 31))
    const at = this.calls.ashlar_program_id(this.base + NAME)
    return at === 0 ? null : hex(this.bytes(at, ID_BYTES))
  }

  /* The scratch that such a file takes, or why its head refuses it. */
  scratchFor(read, size) {
    const verdict = this.calls.ashlar_verify_scratch(this.base + SIZE, this.base + FILE, Math.min(read, HEAD_BYTES),
      BigInt(size))
    return { verdict, scratch: this.word(this.base + SIZE) }
  }

  /* Reads into the memory, growing it as the file comes. Gives how many bytes, or the verdict that needs no more of them. */
  async read(source, limit, onProgress) {
    const { size, pieces } = piecesOf(source)
    if (size !== null && size > limit) throw new RangeError(`the file is larger than ${limit} bytes`)
    let read = 0, isHeadRead = false
    for await (const piece of pieces) {
      if (read + piece.length > limit) throw new RangeError(`the file is larger than ${limit} bytes`)
      this.reach(this.base + FILE + Math.max(read + piece.length, read > 0 ? Math.min(2 * read, limit) : 0, size ?? 0))
      this.bytes(this.base + FILE + read, piece.length).set(piece)
      read += piece.length
      onProgress?.(read, size)
      if (!isHeadRead && read >= HEAD_BYTES && size !== null) {
        const { verdict } = this.scratchFor(read, size)
        if (verdict !== VERIFIED) return { verdict }
        isHeadRead = true
      }
    }
    const { verdict } = this.scratchFor(read, read)
    return verdict === VERIFIED ? { read } : { verdict }
  }

  verify(read, id, joiner) {
    const { scratch } = this.scratchFor(read, read), place = Math.ceil((this.base + FILE + read) / 16) * 16
    this.reach(place + scratch)
    this.bytes(this.base + ID, ID_BYTES).set(id)
    this.bytes(this.base + JOINER, ID_BYTES).set(joiner)
    const expected = new DataView(this.calls.memory.buffer, this.base + EXPECTED, 12)
    for (const [i, place] of [this.base + ID, this.base + JOINER, 0].entries()) expected.setUint32(4 * i, place, true)
    return this.calls.ashlar_verify(this.base + STATEMENT, this.base + EXPECTED, this.base + FILE, read, place, scratch)
  }

  statement() {
    const at = this.base + STATEMENT, view = new DataView(this.calls.memory.buffer, at, 96)
    return { program: hex(this.bytes(at, ID_BYTES)), output: this.bytes(view.getUint32(32, true), view.getUint32(36, true)).slice(),
      cycles: view.getBigUint64(40, true), segments: view.getUint32(52, true), ledgerParts: view.getUint32(56, true),
      joined: view.getUint32(48, true) === 0 ? null : view.getUint32(64, true) === 0 ? 'run' : 'runs' }
  }
}

export class Verifier {
  #module

  /* The module's bytes, or WebAssembly.Module. */
  constructor(module) {
    this.#module = module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module)
    const instance = new Instance(this.#module)
    this.version = instance.text(instance.calls.ashlar_verify_version())
    this.programs = Object.freeze(Object.fromEntries(NAMES.map((name) => [name, instance.programId(name)])))
    this.joiner = instance.programId('join')
  }

  /* Says what a file proves (index.d.ts). Throws where it cannot be read or the call is wrong; of whatever bytes it makes a
   * verdict. */
  async verify(source, { program, joiner = this.joiner, withoutParent = false, limit = LIMIT_BYTES, onProgress } = {}) {
    const ids = (program === undefined ? Object.values(this.programs) : [this.programs[program] ?? program])
      .map((id) => idOf(id, 'program', 'block, batch, stateless')), joinerId = idOf(joiner, 'joiner', 'that of this build')
    const instance = new Instance(this.#module)
    const { read, verdict: early } = await instance.read(source, limit, onProgress)
    let verdict = early
    const start = performance.now()
    for (const id of read === undefined ? [] : ids) {
      verdict = instance.verify(read, id, joinerId)
      if (verdict !== OTHER_PROGRAM) break // which is said before anything is computed
    }
    if (verdict === ID_MALFORMED) throw new TypeError('no program has this id: a word of it is not below the field\'s modulus')
    if (verdict !== VERIFIED) {
      const part = read === undefined ? 0 : instance.word(instance.base + STATEMENT + 60)
      return { valid: false, verdict: VERDICTS[verdict], reason: instance.text(instance.calls.ashlar_verdict_message(verdict)),
        part: part === 0 ? null : part }
    }
    const { output, ...proven } = instance.statement()
    const result = { valid: true, verdict: VERDICTS[verdict], ...proven,
      name: NAMES.find((name) => this.programs[name] === proven.program) ?? null, output, statement: outputOf(output, chains),
      size: read, milliseconds: performance.now() - start }
    return result.statement?.heldAgainstParent === false && !withoutParent
      ? { ...result, valid: false, verdict: 'NOT_HELD', reason: UNHELD, part: null } : result
  }
}

/* The module beside this file, or elsewhere: a URL, a Response, bytes. */
export async function load(source = new URL('./ashlar_verify.wasm', import.meta.url)) {
  if (source instanceof URL && source.protocol === 'file:')
    return new Verifier(await (await import('node:fs/promises')).readFile(source))
  if (source instanceof URL || typeof source === 'string') source = await fetch(source)
  if (typeof Response === 'undefined' || !(source instanceof Response)) return new Verifier(source)
  if (!source.ok) throw new Error(`the verifier is not there: HTTP ${source.status}`)
  return new Verifier(await WebAssembly.compile(await source.arrayBuffer()))
}
