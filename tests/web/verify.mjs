// node verify.mjs 0 PROOFS VERDICT ASHLAR GUEST_PROGRAMS, where ashlar-verify is installed beside it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chains, describe, load, outputOf, Verifier } from 'ashlar-verify'
import { check, end } from './tap.mjs'

const [, proofs, verdictProgram, ashlar, guests] = process.argv.slice(2)
const read = (name) => readFileSync(join(proofs, name))
const both = read('both.proof'), split = read('split.proof'), program = read('id').toString('hex')
const verifier = await load(), byte = (b) => '0x' + b.repeat(32)
let seed = 11
const random = (below) => {
  seed = (seed * 1103515245 + 12345) % 2 ** 31
  return Math.floor(seed / 2 ** 31 * below)
}

await check('it carries the ids of this build\'s programs', () => {
  for (const [name, id] of Object.entries({ ...verifier.programs, join: verifier.joiner })) {
    const said = execFileSync(ashlar, ['info', join(guests, `${name}.elf`)], { encoding: 'utf8' })
    assert.match(said, new RegExp(`^program id +${id}$`, 'm'))
  }
  assert.deepEqual(Object.keys(verifier.programs), ['block', 'batch', 'stateless'])
  assert.match(execFileSync(ashlar, ['--version'], { encoding: 'utf8' }), new RegExp(`^ashlar ${verifier.version}\\b`))
  const named = JSON.parse(readFileSync(new URL('./node_modules/ashlar-verify/package.json', import.meta.url)))
  assert.equal(named.version, verifier.version)
})

await check('a proof of one part holds, and says what was proven', async () => {
  const { valid, verdict, program: id, name, statement, segments, ledgerParts, cycles, output, size } =
    await verifier.verify(both, { program })
  assert.deepEqual([valid, verdict, id, name, segments, ledgerParts, size], [true, 'VERIFIED', `0x${program}`, null, 1, 1, both.length])
  assert.ok(cycles > 600n && cycles < 700n)
  assert.equal(output.length, 14 * 32)
  assert.deepEqual(statement, { kind: 'block', chain: 'development', chainId: 1337n, saysChainId: 1337n,
    rules: chains.find((c) => c.name === 'development').rules, firstNumber: 7n, lastNumber: 7n, blockHash: byte('44'),
    parentHash: byte('33'), preStateRoot: byte('11'), postStateRoot: byte('22'), receiptsBefore: byte('00'),
    receiptsAfter: byte('55'), timestamp: 1700000000n, gasUsed: 21000n, heldAgainstParent: true })
})

await check('so does one of several parts', async () => {
  const result = await verifier.verify(split, { program })
  assert.deepEqual([result.valid, result.segments], [true, 2])
  assert.equal(result.statement.blockHash, byte('44'))
})

const joined = read('joined.proof'), linked = read('linked.proof')
await check('so does a joined one, by this build\'s program that joins', async () => {
  const result = await verifier.verify(joined, { program }), parts = await verifier.verify(both, { program })
  assert.deepEqual([result.valid, result.joined, parts.joined, result.name], [true, 'run', null, null])
  assert.deepEqual(result.statement, parts.statement)
  assert.ok(result.cycles > 100000n)
  const said = describe(result), row = said.rows.find(([name]) => name === 'Joined')
  assert.deepEqual([said.mark, row[1]], ['good', 'one proof that others were verified: of one run'])
  const command = JSON.parse(execFileSync(ashlar, ['verify', join(proofs, 'joined.proof'), '--program', program, '--json'],
    { encoding: 'utf8' }))
  assert.deepEqual([command.hash, BigInt(command.number), BigInt(command.cycles)],
    [result.statement.blockHash, result.statement.lastNumber, result.cycles])
})

await check('and one of runs that follow each other, by another that joins', async () => {
  const result = await verifier.verify(linked, { program, joiner: program })
  assert.deepEqual([result.valid, result.joined, result.statement.firstNumber, result.statement.lastNumber], [true, 'runs', 7n, 9n])
  assert.ok(describe(result).rows.some(([name, value]) => name === 'Joined' && value.endsWith('runs that follow each other')))
  assert.equal((await verifier.verify(linked, { program })).verdict, 'OTHER_PROGRAM')
  assert.equal((await verifier.verify(joined, { program, joiner: program })).verdict, 'OTHER_PROGRAM')
  assert.equal((await verifier.verify(joined)).verdict, 'OTHER_PROGRAM')
  await assert.rejects(verifier.verify(joined, { program, joiner: 'join' }), TypeError)
  await assert.rejects(verifier.verify(joined, { program, joiner: 'ff'.repeat(32) }), /modulus/)
  const other = Buffer.from(joined) // another output than the statement's
  other[joined.indexOf('ASHLAR/block/3') + 40] ^= 1
  assert.equal((await verifier.verify(other, { program })).verdict, 'STATEMENT')
})

await check('it says the same as the command', async () => {
  const text = execFileSync(ashlar, ['verify', join(proofs, 'both.proof'), '--program', program, '--json'], { encoding: 'utf8' })
  const said = JSON.parse(text), result = await verifier.verify(both, { program }), s = result.statement
  assert.deepEqual([said.valid, said.chain, BigInt(said.chainId), BigInt(said.firstNumber), said.hash, said.parentHash,
    said.preStateRoot, said.postStateRoot, BigInt(said.gasUsed), BigInt(said.timestamp), said.program, BigInt(said.cycles)],
  [result.valid, s.chain, s.chainId, s.firstNumber, s.blockHash, s.parentHash, s.preStateRoot, s.postStateRoot, s.gasUsed,
    s.timestamp, result.program, result.cycles])
})

await check('a block that was not held against its parent is refused unless it is asked for', async () => {
  const refused = await verifier.verify(read('unheld.proof'), { program })
  assert.deepEqual([refused.valid, refused.verdict, refused.statement.heldAgainstParent], [false, 'NOT_HELD', false])
  assert.match(refused.reason, /not held against its parent/)
  const taken = await verifier.verify(read('unheld.proof'), { program, withoutParent: true })
  assert.deepEqual([taken.valid, taken.verdict], [true, 'VERIFIED'])
  assert.equal(describe(refused).mark, 'warn')
})

await check('batches of a rollup', async () => {
  const { valid, statement } = await verifier.verify(read('batch.proof'), { program })
  assert.equal(valid, true)
  assert.deepEqual([statement.kind, statement.l1ChainId, statement.chainId, statement.firstBatch, statement.lastBatch,
    statement.faults, statement.outcome], ['batch', 31337n, 1337n, 3n, 5n, [4n], byte('77')])
})

await check('the program must be the one expected', async () => {
  const other = await verifier.verify(both)
  assert.deepEqual([other.valid, other.verdict, other.part], [false, 'OTHER_PROGRAM', null])
  assert.equal((await verifier.verify(both, { program: 'block' })).verdict, 'OTHER_PROGRAM')
  await assert.rejects(verifier.verify(both, { program: 'blocks' }), TypeError)
  await assert.rejects(verifier.verify(both, { program: 'ff'.repeat(32) }), /modulus/)
})

await check('bytes, blobs, answers and streams are read alike', async () => {
  const shifted = new Uint8Array(both.length + 3)
  shifted.set(both, 3)
  const stream = (sizes) => new ReadableStream({
    start(controller) {
      for (let at = 0, i = 0; at < both.length; i++) {
        const size = sizes[i % sizes.length]
        controller.enqueue(new Uint8Array(both.subarray(at, at + size)))
        at += size
      }
      controller.close()
    } })
  for (const source of [new Uint8Array(both), new Uint8Array(both).buffer, shifted.subarray(3), new Blob([both]), new Response(both),
    new Response(both, { headers: { 'content-length': String(both.length) } }), stream([1000, 1, 65536, 7]), stream([333]),
    (async function* () { yield both.subarray(0, 5); yield both.subarray(5) })()])
    assert.equal((await verifier.verify(source, { program })).valid, true)
  await assert.rejects(verifier.verify('text', { program }), TypeError)
  await assert.rejects(verifier.verify(new Response('gone', { status: 404 }), { program }), /HTTP 404/)
  await assert.rejects(verifier.verify(both, { program, limit: 1000 }), RangeError)
  await assert.rejects(verifier.verify(stream([1000]), { program, limit: 100000 }), RangeError)
  const seen = []
  await verifier.verify(new Blob([both]), { program, onProgress: (bytes, size) => seen.push([bytes, size]) })
  assert.deepEqual(seen.at(-1), [both.length, both.length])
})

await check('what its head forbids is not read on', async () => {
  let pulled = 0
  const endless = (first) => new Response(new ReadableStream({
    pull(controller) { controller.enqueue(new Uint8Array(pulled++ === 0 ? first : 65536)) },
  }, { highWaterMark: 0 }), { headers: { 'content-length': String(2 ** 30) } })
  const text = await verifier.verify(endless(new TextEncoder().encode('no proof'.repeat(9000))), { program })
  assert.deepEqual([text.valid, text.verdict, pulled], [false, 'MALFORMED', 1])
  pulled = 0
  const tooLarge = await verifier.verify(endless(new Uint8Array(both.subarray(0, 65536))), { program })
  assert.deepEqual([tooLarge.verdict, pulled], ['MALFORMED', 1]) // one part is no gibibyte
})

await check('changed, cut and senseless files get the verdict of the verifier in C', async () => {
  const files = []
  const afterOutput = both.indexOf('ASHLAR/block/3') / 4 + 14 * 32 / 4
  for (let i = 0; i < 90; i++) {
    const file = Buffer.from(i % 4 === 3 ? split : both)
    const word = i === 0 ? 2 : i < 30 ? random(60) : i < 50 ? afterOutput + i - 30 : random(file.length / 4)
    const value = [file.readUInt32LE(4 * word) + 1, random(2 ** 31), 0, 2 ** 32 - 1, 0x7f000001][i < 50 ? i % 3 : random(5)] >>> 0
    file.writeUInt32LE(value, 4 * word)
    files.push(file)
  }
  for (const size of [0, 3, 8, 12, 33000, 65536, 300000, both.length - 4, both.length - 1]) files.push(both.subarray(0, size))
  files.push(Buffer.concat([both, Buffer.alloc(4)]), Buffer.alloc(700000), Buffer.alloc(700000, 255), both)
  for (let i = 0; i < 60; i++) { // the statement, the output, the key's head; anywhere
    const file = Buffer.from(joined), word = i < 40 ? 2 + i * 4 : random(file.length / 4)
    file.writeUInt32LE([file.readUInt32LE(4 * word) + 1, random(2 ** 31), 0, 2 ** 32 - 1, 0x7f000001][i % 5] >>> 0, 4 * word)
    files.push(file)
  }
  for (const size of [12, 100, 140, 144, 588, 590, 40000, joined.length - 4]) files.push(joined.subarray(0, size))
  files.push(Buffer.concat([joined, Buffer.alloc(4)]), joined)
  const framed = files.flatMap((file) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(file.length)
    return [size, file]
  })
  const joinerFile = new URL('./joiner', import.meta.url)
  writeFileSync(joinerFile, Buffer.from(verifier.joiner.slice(2), 'hex'))
  const names = execFileSync(verdictProgram, ['full', join(proofs, 'id'), fileURLToPath(joinerFile)],
    { input: Buffer.concat(framed), encoding: 'utf8', maxBuffer: 2 ** 24 }).trim().split('\n')
  assert.equal(names.length, files.length)
  const seen = new Set()
  for (const [i, file] of files.entries()) {
    const { verdict } = await verifier.verify(file, { program })
    const expected = names[i] === 'OK' ? 'VERIFIED' : names[i].replace(/^PROOF_(?=VERSION|PROGRAM)/, 'OTHER_').replace('PROOF_', '')
    assert.equal(verdict, expected, `file ${i}`)
    seen.add(verdict)
  }
  for (const verdict of ['VERIFIED', 'MALFORMED', 'OTHER_VERSION', 'OTHER_PROGRAM', 'SHAPE', 'OPENING', 'STATEMENT']) assert.ok(seen.has(verdict), verdict)
})

await check('a part that is to blame is named', async () => {
  const file = Buffer.from(split)
  file.writeUInt32LE(file.readUInt32LE(file.length - 400000) ^ 1, file.length - 400000)
  const { valid, part } = await verifier.verify(file, { program })
  assert.deepEqual([valid, typeof part], [false, 'number'])
})

await check('outputs of no known form are shown as what they are', async () => {
  const { output } = await verifier.verify(both, { program })
  const changed = (at, value) => {
    const copy = output.slice()
    copy[at] = value
    return outputOf(copy, chains)
  }
  assert.equal(outputOf(output, chains).chain, 'development')
  assert.equal(outputOf(output, []).chain, null) // the prover's own rules
  assert.equal(changed(2 * 32, 1).chainId, null)
  for (const [at, value] of [[13, 0x32], [14, 1], [32, 1], [7 * 32 + 31, 8], [13 * 32 + 31, 2], [13 * 32, 1]])
    assert.equal(changed(at, value), null, `byte ${at}`)
  assert.equal(outputOf(output.subarray(1), chains), null)
  assert.equal(outputOf(new Uint8Array(0), chains), null)
  const payload = new Uint8Array(41)
  payload[32] = 1
  payload[34] = 1
  assert.deepEqual(outputOf(payload), { kind: 'stateless', newPayloadRequestRoot: byte('00'), successfulValidation: true, chainId: 256n,
    schemaId: null })
  const withSchema = new Uint8Array([...payload, 0x01, 0x15])
  assert.deepEqual(outputOf(withSchema), { ...outputOf(payload), schemaId: 0x1501 })
  assert.equal(outputOf(withSchema.subarray(0, 42)), null)
  payload[32] = 2
  assert.equal(outputOf(payload), null)
})

await check('results are put into words', async () => {
  const good = describe(await verifier.verify(both, { program })), bad = describe(await verifier.verify(split.subarray(4)))
  assert.deepEqual([good.mark, good.headline], ['good', 'The proof holds'])
  assert.ok(good.rows.some(([name, value]) => name === 'Block' && value === '7'))
  assert.deepEqual([bad.mark, bad.rows], ['bad', []])
})

await check('what is no module of WebAssembly is refused, and what is none of the package\'s', async () => {
  assert.throws(() => new Verifier(new Uint8Array(8)), WebAssembly.CompileError)
})

end()
