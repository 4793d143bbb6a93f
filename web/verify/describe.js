// A result in words and rows, for pages that show it.

const count = (n) => n.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',')
const range = (first, last) => first === last ? count(first) : `${count(first)} to ${count(last)}`
const time = (seconds) => seconds < 8640000000000n ? new Date(Number(seconds) * 1000).toISOString().replace('.000Z', ' UTC').replace('T', ' ')
  : count(seconds)

const DESCRIBE = {
  block: (s) => {
    const one = s.firstNumber === s.lastNumber
    return { title: one ? 'This block was executed by the rules of its chain.' : 'These blocks were executed by the rules of their chain.',
      rows: [
        ['Chain', s.chain ? `${s.chain} (chain id ${s.chainId})` : `none known: the prover's own rules, which say chain id ${s.saysChainId}`],
        !s.chain && ['Rules', s.rules],
        [one ? 'Block' : 'Blocks', range(s.firstNumber, s.lastNumber)],
        ['Hash', s.blockHash, one ? '' : 'of the last'], ['Parent hash', s.parentHash, one ? '' : 'of the first'],
        ['State before', s.preStateRoot], ['State after', s.postStateRoot],
        ['Gas used', count(s.gasUsed)], ['Time', time(s.timestamp)],
        ['Parent held', s.heldAgainstParent ? 'yes' : 'no', s.heldAgainstParent
          ? 'state before, number, time, gas limit and fees follow from the parent\'s header'
          : 'state before, number, time, gas limit and fees are what the prover says']] }
  },
  batch: (s) => ({ title: s.firstBatch === s.lastBatch ? 'This batch leads to this outcome by the rules of this configuration.'
    : 'These batches lead to this outcome by the rules of this configuration.',
  note: 'That L1 has all of them is for its contract to say.',
  rows: [['Rollup', `chain ${s.chainId}, contract ${s.rollup} on chain ${s.l1ChainId}`], ['Configuration', s.rules],
    [s.firstBatch === s.lastBatch ? 'Batch' : 'Batches', range(s.firstBatch, s.lastBatch)],
    ['Batch before', s.batchHashBefore], ['Batch hash', s.batchHash], ['Outcome before', s.outcomeBefore], ['Outcome', s.outcome],
    ['Queue before', s.queueHashBefore], ['Queue', s.queueHash],
    ['Faults', s.faults.length === 0 ? 'none' : s.faults.map((n) => `batch ${n}`).join(', ')], ['Prover', s.prover]] }),
  stateless: (s) => ({ title: s.successfulValidation ? 'This payload is valid by the rules that its schema names (EIP-8025).'
    : 'The stateless validator of EIP-8025 did not accept this payload with the witness it was given.',
  rows: [['Payload request', s.newPayloadRequestRoot], ['Validation', s.successfulValidation ? 'successful' : 'not successful'],
    ['Chain id', s.chainId.toString()],
    ['Schema', s.schemaId === null ? 'none: a test\'s, by the rules of Amsterdam' : `0x${s.schemaId.toString(16).padStart(4, '0')}`]] }),
}

const JOINED = { run: 'of one run', runs: 'of runs that follow each other' }
const runOf = ({ joined, cycles, segments, ledgerParts }) => joined
  ? ['Joined', `one proof that others were verified: ${JOINED[joined]}`, `${count(cycles)} cycles of the program join`]
  : ['Run', `${count(segments)} ${segments === 1 ? 'segment' : 'segments'} and ${count(ledgerParts)} ledger ` +
    `${ledgerParts === 1 ? 'part' : 'parts'}, ${count(cycles)} cycles`]

/* { mark: 'good', 'warn' or 'bad', headline, title, note, rows: [name, value, note?] }. */
export function describe(result) {
  if (!result.valid && result.statement === undefined)
    return { mark: 'bad', headline: 'The proof does not hold', title: `${result.reason[0].toUpperCase()}${result.reason.slice(1)}.`,
      note: result.part === null ? '' : `Part ${result.part} of the proof is to blame.`, rows: [] }
  const { statement } = result
  const said = statement ? DESCRIBE[statement.kind](statement)
    : { title: 'The program ended as it should and made public what is below; what that means is for the program to say.', rows: [] }
  const rows = [...said.rows.filter(Boolean), ['Program', result.program, result.name ? `${result.name}, of this build` : 'given by you'],
    ['Output', `${count(result.output.length)} bytes`], runOf(result),
    ['Verified', `in ${result.milliseconds.toFixed(0)} ms`, `${count(result.size)} bytes`]]
  const isWarned = !result.valid || statement?.successfulValidation === false || !statement
  return { mark: isWarned ? 'warn' : 'good', headline: 'The proof holds',
    title: result.valid ? said.title : 'But nothing shows that the parent allows the block.',
    note: result.valid ? said.note ?? '' : 'A block that was not held against its parent\'s header is the prover\'s word in ' +
      'what a header takes from it; `ashlar verify` refuses such a proof.', rows }
}
