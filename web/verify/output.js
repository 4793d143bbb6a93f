// What the programs make public, from its bytes: as src/abi reads them. What is not of such a form is null.

const hex = (bytes) => '0x' + Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
const isZero = (bytes) => bytes.every((b) => b === 0)
const bigEndian = (bytes) => bytes.reduce((number, b) => number << 8n | BigInt(b), 0n)
const wordsOf = (output) => Array.from({ length: output.length / 32 }, (_, i) => output.subarray(32 * i, 32 * i + 32))
const hasFormat = (output, name, words) => output.length === 32 * words &&
  name.split('').every((c, i) => output[i] === c.charCodeAt(0)) && isZero(output.subarray(name.length, 32))

const BLOCK_WORDS = 14, BATCH_WORDS = 16, MOST_BATCHES = 256n, STATELESS_BYTES = [41, 43]

/* src/abi/block_output.h. A chain has a name only where its rules are the known ones: whoever chooses the rules chooses the
 * chain id as well. */
function blockOf(output, chains) {
  if (!hasFormat(output, 'ASHLAR/block/3', BLOCK_WORDS)) return null
  const words = wordsOf(output), numbers = [1, 7, 8, 9, 10, 13]
  if (numbers.some((i) => !isZero(words[i].subarray(0, 24)))) return null
  const [saysChainId, firstNumber, lastNumber, timestamp, gasUsed, held] = numbers.map((i) => bigEndian(words[i]))
  if (held > 1n || lastNumber < firstNumber) return null
  const rules = hex(words[2])
  const chain = chains.find((c) => c.rules === rules && BigInt(c.chainId) === saysChainId)
  return { kind: 'block', chain: chain?.name ?? null, chainId: chain ? saysChainId : null, saysChainId, rules, firstNumber,
    lastNumber, blockHash: hex(words[6]), parentHash: hex(words[5]), preStateRoot: hex(words[3]), postStateRoot: hex(words[4]),
    receiptsBefore: hex(words[11]), receiptsAfter: hex(words[12]), timestamp, gasUsed, heldAgainstParent: held === 1n }
}

/* src/abi/batch_output.h. */
function batchOf(output) {
  if (!hasFormat(output, 'ASHLAR/batch/1', BATCH_WORDS)) return null
  const words = wordsOf(output)
  if (!isZero(words[1].subarray(0, 16)) || [4, 5].some((i) => !isZero(words[i].subarray(0, 24))) ||
    [2, 15].some((i) => !isZero(words[i].subarray(0, 12))) || !isZero(words[12]) || !isZero(words[13])) return null
  const firstBatch = bigEndian(words[4]), lastBatch = bigEndian(words[5]), faultBits = bigEndian(words[14])
  const batches = lastBatch - firstBatch + 1n
  if (firstBatch === 0n || batches < 1n || batches > MOST_BATCHES || faultBits >> batches !== 0n) return null
  const faults = []
  for (let i = 0n; i < batches; i++) if (faultBits >> i & 1n) faults.push(firstBatch + i)
  return { kind: 'batch', l1ChainId: bigEndian(words[1].subarray(16, 24)), chainId: bigEndian(words[1].subarray(24)),
    rollup: hex(words[2].subarray(12)), rules: hex(words[3]), firstBatch, lastBatch, batchHashBefore: hex(words[6]),
    batchHash: hex(words[7]), outcomeBefore: hex(words[8]), outcome: hex(words[9]), queueHashBefore: hex(words[10]),
    queueHash: hex(words[11]), faults, prover: hex(words[15].subarray(12)) }
}

/* src/abi/stateless_result.h: SSZ, little-endian; with the schema's id, or without. */
function statelessOf(output) {
  if (!STATELESS_BYTES.includes(output.length) || output[32] > 1) return null
  return { kind: 'stateless', newPayloadRequestRoot: hex(output.subarray(0, 32)), successfulValidation: output[32] === 1,
    chainId: bigEndian(output.slice(33, 41).reverse()),
    schemaId: output.length > 41 ? output[41] | output[42] << 8 : null }
}

export const outputOf = (output, chains = []) => blockOf(output, chains) ?? batchOf(output) ?? statelessOf(output)
